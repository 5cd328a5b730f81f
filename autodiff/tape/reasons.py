"""Why a gradient is None: where the way from a source to a target is cut, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Array, Box, raw_of
from autodiff.core.dtypes import carries_gradient
from autodiff.core.escapes import PAUSE, Cut, cuts_of
from autodiff.core.external import is_lazy
from autodiff.core.span import Span
from autodiff.failures.callsite import Place, user_frame
from autodiff.tape.trace_steps import differentiate

CURES = {
    "not watched": "Call tape.watch({source}) at the beginning of the block, or make it a Variable.",
    "watched too late": "Call tape.watch({source}) before it is used.",
    "not used": "Compute the target from {source} itself, inside the block.",
    "rebound": "Ask for the gradient before the name is bound anew, or change the leaf in place: {source}.assign_sub(...).",
    "outside": "Compute everything from {source} to the target inside one `with Tape() as tape:` block.",
    "integer": "Make it float: write 3.0 instead of 3, or use astype(float).",
    "escaped": "Compute with {box} itself, without taking its numbers out; np.stack joins several.",
    "assigned": "An assignment is not differentiated: compute with the new value itself.",
    "stop_gradient": "Remove the stop_gradient if a gradient should flow here.",
    PAUSE: "Move what should be recorded out of the stop_recording block.",
    "derivative zero": "Use a smooth function instead (a sigmoid for a step), or ad.grad_pass_through.",
    "no path": "Check that the target is computed from what was computed from {source}.",
    "used": "Make it with Tape(persistent=True), or ask before the gradient is taken.",
    "reset": "Compute again after the reset.",
    "zero": "The function is flat there: take other inputs, a smaller learning rate, or a leaky function.",
}
LEAVES_BY = {"assign": "assigned", "stop_gradient": "stop_gradient"}
READS = ("float", "__array__", "data", "numpy", "item", "tolist", "to_numpy", "copy", "pickle")


@dataclass(frozen=True)
class Explanation:
    """What `tape.explain` answers. It prints as a text.

    Attributes
    ----------
    reason : str
        "connected", "zero", "not watched", "watched too late", "not used", "rebound", "outside", "integer", "escaped",
        "assigned", "stop_gradient", "stop_recording", "derivative zero", "no path", "used" or "reset".
    text : str
        What happened, and what to do.
    place : Place or None
        The file and line where the way is cut, if one is known.
    nearest : box or None
        The last thing on the way that still depends on the source.
    """

    reason: str
    text: str
    place: Place | None = None
    nearest: Any = None

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


class Reasons:
    """Looks for the cut between one source and the targets."""

    def __init__(self, span: Span, targets: list[Any], source: Any, watched: Mapping[int, Box], reset: Place | None) -> None:
        self.span, self.graph, self.targets, self.source = span, span.graph, targets, source
        self.watched, self.reset = watched, reset
        frame = user_frame()
        known = {**frame.f_globals, **{name: x for name, x in frame.f_locals.items() if name not in frame.f_globals}}
        self.names = {id(thing): name for name, thing in reversed(known.items()) if isinstance(thing, Box)}
        self.start = int(span.index_of(source))
        self.ends = [int(span.index_of(target)) for target in targets]

    def explanation(self) -> Explanation:
        recorded = [end for end in self.ends if end >= 0]
        if self.start >= 0 and recorded and self.reaches(recorded):
            return self.connected(recorded)
        if self.reset is not None and (self.start < 0 or not recorded):
            return self.answer("reset", f"tape.reset() forgot what was recorded before ({self.reset}).", self.reset)
        if self.start < 0:
            return self.source_missing(recorded)
        return self.cut(recorded)

    # -- the cases -------------------------------------------------------------------------------------------------------

    def connected(self, ends: list[int]) -> Explanation:
        if any(self.graph.nodes[end] is None for end in ends):
            return self.answer("used", "The tape was used, and its records are freed.")
        cotangents, edges = differentiate(self.span, ends)
        if _any(cotangents[self.start - self.span.start]):
            text = f"{self.target} depends on {self.name(self.source)}, and the gradient is not zero."
            below = self.descendants()
            cuts = self.sorted_cuts([cut for cut in cuts_of(self.span) if cut.index in below or cut.leaf is self.source])
            cuts = [cut for cut in cuts if cut.how in (*READS, *LEAVES_BY)]  # a comparison loses nothing here
            parts = f" A part of it may be missing:{self.told(cuts)}" if cuts else ""
            return self.answer("connected", text + parts, cuts[-1].site.place if cuts else None)
        flat = [self.graph.node(index).op for index, _, _, upstream, part in edges if _any(upstream) and not _any(part)]
        where = f" Nothing comes through {flat[0].name}." if flat and flat[0] is not None else ""
        text = f"{self.target} depends on {self.name(self.source)}, but the gradient is zero everywhere.{where}"
        return self.answer("zero", text)

    def source_missing(self, ends: list[int]) -> Explanation:
        source, name = self.source, self.name(self.source)
        cuts = [cut for cut in cuts_of(self.span) if cut.leaf is source]
        if cuts:
            return self.left(cuts)
        if not ends:
            if self.pauses:
                return self.paused(f"{self.target} was not recorded by this tape, and {name} was not either")
            if not source.trainable and id(source) not in self.watched:
                return self.answer("not watched", f"{name} is not watched, so what is computed from it was not recorded.")
            text = (
                f"{self.target} was not recorded by this tape, and {name} was not used inside its block: what lies between "
                "them was computed before the block or after it."
            )
            return self.answer("outside", text)
        user = self.constant_in(ends)
        if user and source.trainable:
            return self.answer("not watched", f"{name} is a constant of `{user}`: this tape does not watch variables unasked.")
        if user:
            return self.answer("not watched", f"{name} is a constant of `{user}`: the tape was not asked to watch it.")
        other = self.other_leaf() if source.trainable else None
        if other is not None:
            text = f"{name} is another object than the {other} that the block used: the name was bound anew since."
            return self.answer("rebound", text)
        if self.pauses:
            return self.paused(f"{name} was not recorded")
        if source.trainable:
            text = (
                f"{name} was not used inside the block of this tape. What was computed from it before the block or after it "
                "does not count, nor does what was computed from it under an earlier `w = w - ...`."
            )
            return self.answer("not used", text)
        text = f"{name} was not recorded by this tape: it was computed outside the block, or from what is not watched."
        return self.answer("outside", text)

    def cut(self, ends: list[int]) -> Explanation:
        """The source is there; the way from it ends before the targets."""
        below = self.descendants()
        if len(below) == 1 and id(self.source) in self.watched:
            text = f"{self.name(self.source)} was watched, but nothing was computed from it after that."
            return self.answer("watched too late", text)
        last = max(below)
        cuts = [cut for cut in cuts_of(self.span) if cut.index in below]
        if cuts:
            return self.left(cuts)
        if self.pauses:
            return self.paused(f"What was computed from {self.name(self.source)} meanwhile was not recorded")
        if not ends and all(not carries_gradient(box._raw()) for box in self.targets):
            return self.answer("integer", f"{self.target} has dtype {self.targets[0].dtype}, and only floats have gradients.")
        if not ends:
            text = f"{self.target} was not recorded by this tape: it was computed before its block, or after it."
            return self.answer("outside", text, nearest=last)
        text = f"Nothing that was computed from {self.name(self.source)} reaches {self.target}."
        return self.answer("no path", text, nearest=last)

    @property
    def pauses(self) -> list[Cut]:
        return [cut for cut in cuts_of(self.span) if cut.how == PAUSE]

    def paused(self, what: str) -> Explanation:
        place = self.pauses[-1].site.place
        return self.answer(PAUSE, f"{what}. Perhaps it happened in the stop_recording block at {place}.", place)

    def left(self, cuts: list[Cut]) -> Explanation:
        """The ways from the source end in the cuts; the last of the plainest is told first."""
        cuts = self.sorted_cuts(cuts)
        cut = cuts[-1]
        ways = "The way from it ends here:" if len({str(other.site.place) for other in cuts}) == 1 else "Ways from it end here:"
        text = f"{self.target} gets nothing from {self.name(self.source)}. {ways}{self.told(cuts)}"
        reason = "escaped" if cut.how in READS else LEAVES_BY.get(cut.how, "derivative zero")
        return self.answer(reason, text, cut.site.place, cut.index)

    def sorted_cuts(self, cuts: list[Cut]) -> list[Cut]:
        """Those that are most likely meant last: what somebody wrote to cut, then numbers taken out, then steps."""
        steps = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "argmax", "argmin")
        rank = {**dict.fromkeys(LEAVES_BY, 3), **dict.fromkeys(READS, 2), **dict.fromkeys(steps, 0)}
        return sorted(cuts, key=lambda cut: rank.get(cut.how, 1))

    def told(self, cuts: list[Cut]) -> str:
        """The last three places, each with what happened there and its line."""
        by_place = {str(cut.site.place): cut for cut in cuts}
        return "".join([f"\n  {place}: {self.happened(cut)}" for place, cut in list(by_place.items())[: -4 : -1]])

    def happened(self, cut: Cut) -> str:
        name = self.name(self.source if cut.index in (-1, self.start) else self.graph.box(cut.index))
        if cut.how in READS:
            way = cut.how if cut.how in ("__array__", "data") else f"{cut.how}()"
            what = f"{way} took the plain numbers of {name}, which are constants from there on."
        elif cut.how == "assign":
            what = f"{name} was assigned to a variable, which keeps the numbers alone."
        elif cut.how == "stop_gradient":
            what = f"stop_gradient makes a constant of {name}."
        else:
            what = f"`{cut.how}` of {name} has derivative zero everywhere."
        source = cut.site.place.source
        return f"{what}\n    {source}" if source else what

    def answer(self, reason: str, text: str, place: Place | None = None, nearest: int = -1) -> Explanation:
        box = self.graph.box(nearest) if nearest >= 0 else None
        if box is not None and nearest != self.start and reason in ("no path", "outside"):
            text += f" The last thing computed from it is {self.name(box)}."
        cure = CURES.get(reason)
        names = {"source": self.name(self.source), "box": self.name(self.source if box is None else box)}
        text += f"\nTry: {cure.format(**names)}" if cure else ""
        return Explanation(reason, text, place, box)

    # -- looking ---------------------------------------------------------------------------------------------------------

    @property
    def target(self) -> str:
        return self.name(self.targets[0]) if len(self.targets) == 1 else "the target"

    def name(self, box: Box) -> str:
        """What the user calls a box; the op that made it, if there is no name."""
        shape = np.shape(box._raw())
        own = box.name or self.names.get(id(box))
        leaf = next((leaf.box for leaf in self.graph.leaves.values() if leaf.box is box), None)
        if own or leaf is not None or box._index < 0 or box._epoch.graph is not self.graph.ref:
            return own or f"the {type(box).__name__} of shape {shape}"
        entry = self.graph.nodes[box._index]
        op = None if entry is None else self.graph.node(box._index).op
        return f"the result of `{op.name}`" if op is not None else f"the {type(box).__name__} of shape {shape}"

    def parents(self, index: int) -> list[int]:
        """Where the inputs of a node stand; none for one that the backward walk has freed."""
        return [] if self.graph.nodes[index] is None else self.graph.node(index).parents

    def reaches(self, ends: list[int]) -> bool:
        """Whether a target was computed from the source."""
        below = self.descendants()
        return any(end in below for end in ends)

    def descendants(self) -> set[int]:
        """The source and all that was computed from it."""
        found = {self.start}
        for index in range(self.start + 1, self.span.stop):
            if not found.isdisjoint(self.parents(index)):
                found.add(index)
        return found

    def constant_in(self, ends: list[int]) -> str:
        """The first op on the way to the targets that uses the source's array as a constant; "" if none does."""
        if not isinstance(self.source, Array):
            return ""
        for index in range(self.span.start, max(ends, default=-1) + 1):
            node = None if self.graph.nodes[index] is None else self.graph.node(index)
            if node is not None and node.op is not None and any(x is self.source._held for x in node.inputs):
                return str(node.op.name)
        return ""

    def other_leaf(self) -> str | None:
        """A trainable leaf of the same shape that the tape does know, as a user sees it."""
        for leaf in self.graph.leaves.values():
            box: Any = leaf.box
            alike = box.trainable and box.shape == self.source.shape and not (box._is_number() or self.source._is_number())
            named = self.source.name is not None and box.name == self.source.name
            if box.trainable and (named or (alike and type(self.source) is Tensor)):  # made by `w = w - lr * gradient`
                return f"{type(box).__name__} of shape {box.shape}"
        return None


def _any(x: Any) -> bool:
    """Whether something is not zero, as far as it can be seen."""
    parts = map(raw_of, x if isinstance(x, tuple) else (x,))
    return any(part is not None and (is_lazy(part) or bool(np.any(part))) for part in parts)
