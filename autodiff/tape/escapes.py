"""What a tape does where the plain numbers of something that it follows are read: it says what is lost, or remembers it."""

from __future__ import annotations

import warnings
from types import FrameType

from autodiff.core.box import Box
from autodiff.core.escapes import note_cut
from autodiff.core.graph import Graph
from autodiff.failures.callsite import Expression, Place, only_looks, user_frame
from autodiff.tape.rewrites import brief, kept, named_part

MODES = ("raise", "warn", "allow")
# the ways in which nobody wrote that plain numbers are meant (whole numbers have no gradient to lose)
IMPLICIT = ("float", "__array__", "__dlpack__", "constant", "Tensor", "Variable", "Value")


def heard(graph: Graph, box: Box, how: str, mode: str) -> None:
    """A tape that follows the box hears that its numbers are read: it says so, or remembers it."""
    if how in IMPLICIT and mode != "allow":
        if only_looks(how):
            return
        frame = user_frame()
        if mode == "raise":
            raise TypeError(refusal(box, how, frame))
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        file, line = frame.f_code.co_filename, frame.f_lineno
        warnings.warn_explicit(refusal(box, how, frame), UserWarning, file, line, registry=registry)
    note_cut(graph, box, how)


def refusal(box: Box, how: str, frame: FrameType) -> str:
    """What happened at the frame, what it loses, and what to write instead."""
    site = Expression(frame)
    place = Place(frame.f_code.co_filename, frame.f_lineno)
    name = site.name_of(box) or named_part(site) or box.name
    kind, method = ("number", "item") if box._is_number() else ("array", "numpy")
    what = f"{brief(site.text)} = ..." if site.is_assigned else brief(site.text) or "This"
    return (
        f"{what} takes the plain {kind} out of a {type(box).__name__} that is being differentiated: its gradient would be lost "
        f"({place}).\nTo keep the gradient: {kept(site, how, name or 'the box')}.\n"
        f"If the plain {kind} is meant, say so: {f'{name}.{method}()' if name else f'by .{method}()'} or "
        f"ad.stop_gradient({name or '...'})."
    )
