"""The one way in: on raw numbers an op is simply its forward. On boxes it computes, wraps, and goes to the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.core import batched
from autodiff.core.batched import Batched
from autodiff.core.box import Array, Box, first_array, first_box, strip
from autodiff.core.dtypes import carries_gradient, is_exact, refuse_complex
from autodiff.core.duck import Duck
from autodiff.core.escapes import note_zero_derivative
from autodiff.core.external import External, held, refuse_several, released
from autodiff.core.graph import Graph
from autodiff.core.lazy import run_op
from autodiff.core.listening import active_at_last, current, deaf, outside_tapes
from autodiff.core.node import ArrayNode
from autodiff.core.op import Op, Params, everything_recorded
from autodiff.core.recorder import Recorder, Watcher
from autodiff.core.registry import REGISTRY, Decomposition, Metadata, by_name, stack_boxes
from autodiff.core.transfer import agreeing, at_once, refusal
from autodiff.core.unread import LARGE, release
from autodiff.core.which_library import LIBRARIES
from autodiff.failures.errors import explained, part_explained
from autodiff.failures.foreign import array_of, operand, unmasked
from autodiff.failures.keywords import of_ufunc
from autodiff.failures.missing import called, no_method, no_rule
from autodiff.failures.nesting import brief

if TYPE_CHECKING:
    from mypy_extensions import i32


def apply(op: Op, like: Box, inputs: tuple[Any, ...], params: Params) -> Any:
    """`op(*inputs, **params)` as a box of the kind that `like` returns; a tuple of boxes for an op of several outputs."""
    graph = given if (given := active_at_last()) is not None and given.heard and given.recorders else None
    enters = graph if graph is not None and (op.differentiable or graph.record_all) else None
    p: i32 = -1
    q: i32 = -1
    more: list[int] | None = None
    usual = 1 <= (count := len(inputs)) <= 2  # one or two arrays or plain numbers; spelt out, that makes few calls and no lists
    x: Any = inputs[0] if usual else None
    z: Any = inputs[1] if count == 2 else None
    if usual:
        a, b = x, z
        if isinstance(a, Array):
            x = a._held
            usual = type(x) is NDARRAY
            if enters is not None:
                p = a._index  # read before the epoch: `Graph.enter` writes them in the other order
                if a._epoch is not enters.epoch:
                    p = enters.locate(a)
        elif type(a) is not NDARRAY and type(a) is not float:
            usual = isinstance(a, USUAL)
        if count == 2:
            if isinstance(b, Array):
                z = b._held
                usual = usual and type(z) is NDARRAY
                if enters is not None:
                    q = b._index
                    if b._epoch is not enters.epoch:
                        q = enters.locate(b)
            elif type(b) is not NDARRAY and type(b) is not float and type(b) is not int:
                usual = usual and isinstance(b, USUAL)
    raw: tuple[Any, ...] = (x, z) if count == 2 else (x,)
    try:
        if not usual and not (LIBRARIES and count <= 2 and at_once(raw)):
            like, inputs, raw, more = _unusual(op, like, inputs, enters)
            y = batched.run(op, raw, params) if any(type(x) is Batched for x in raw) else run_op(op, raw, params)
        else:
            y = op.forward(*raw, **params) if params else op.forward(x, z) if count == 2 else op.forward(x)
    except Exception as error:
        raise explained(refusal(error, op.name, raw), op, inputs, params)  # noqa: B904 - it has its cause
    out: Any = like._wrap(y) if op.differentiable and (type(y) is NDARRAY or not isinstance(y, tuple)) else wrapped(op, like, y)
    if graph is None:
        if op.function is ADD or op.function is SUBTRACT:
            out.trainable = is_update(op, inputs, out)
        return out
    if enters is not None and (p >= 0 or q >= 0 or (more is not None and max(more, default=-1) >= 0) or graph.record_all):
        graph.only_scalars = False
        if not op.takes_complex or op.keeps_nan is not True:
            _note_numbers(graph, op, raw, params, y)
        node = ArrayNode(op, raw, p, q, more, params, out, -1)
        if type(y) is not NDARRAY and isinstance(out, tuple):
            _append_outputs(graph, node, out)
        elif (graph.record_all and isinstance(out, Box)) or (not graph.record_all and carries_gradient(y, op.name)):
            graph.append(node, out)
            if type(y) is NDARRAY and y.nbytes >= LARGE:
                release(graph, node)
    if graph.observers or enters is None:
        _tell(graph, op, inputs, params, out)
    return out


def _note_numbers(graph: Graph, op: Op, raw: tuple[Any, ...], params: Params, y: Any) -> None:
    """Note that an op may hide a NaN. TypeError for complex numbers that its rules are not for."""
    if not op.takes_complex and op.differentiable:
        refuse_complex(op.name, raw, y)
    if op.keeps_nan is not True and not graph.hides:
        graph.hides = op.keeps_nan is False or not op.keeps_nan(*raw, **params)


ADD: Final = np.add
SUBTRACT: Final = np.subtract
NDARRAY: Final = np.ndarray
USUAL: Final = (int, float, np.generic)  # besides plain arrays and boxes of them: what `apply` can take as it is


def _unusual(op: Op, like: Box, inputs: tuple[Any, ...], enters: Graph | None) -> Any:
    """(like, inputs, their raw data, their indices) of any inputs; lists with boxes in them are stacked."""
    if any(isinstance(x, (list, tuple)) for x in inputs):
        inputs = tuple([stack_boxes(x) if isinstance(x, (list, tuple)) else x for x in inputs])
        like = first_array(inputs, like)
    inputs = tuple([x if isinstance(x, (Box, Duck)) else operand(x, op.differentiable) for x in map(held, inputs)])
    indices = [int(enters.index_of(x)) if enters is not None and isinstance(x, Box) else -1 for x in inputs]
    return like, inputs, agreeing(op.name, tuple([x._raw() if isinstance(x, Box) else x for x in inputs])), indices


def _append_outputs(graph: Graph, node: ArrayNode, outputs: tuple[Any, ...]) -> None:
    """Append the node of an op of several outputs, once for each of them."""
    node.first = len(graph.nodes)
    name = "" if node.op is None else node.op.name
    for part in outputs:
        follows = isinstance(part, Box) and (graph.record_all or carries_gradient(part._raw(), name))
        graph.append(node, part if follows else None)


def wrapped(op: Op, like: Box, y: Any) -> Any:
    """The output of an op as boxes. Of Values, comparisons are True or False, and whole numbers stay as they are."""
    if isinstance(y, tuple):
        parts = [wrapped(op, like, part) for part in y]
        kind: Any = type(y)
        return tuple(parts) if kind is tuple else kind(*parts)  # numpy's named tuples
    plain = not op.differentiable and like._is_number() and not everything_recorded.get()  # a trace would freeze plain numbers
    if plain and not isinstance(y, np.ndarray) and is_exact(np.asarray(y)):
        return y.item() if isinstance(y, np.generic) else y
    return like._wrap(y)


def is_update(op: Op, inputs: tuple[Any, ...], out: Box) -> bool:
    """Whether this is the training loop's `weights = weights - lr * gradient`: outside every tape, a number is added to a
    trainable leaf of the result's shape, or subtracted. Then the result is a leaf too, and the next tape watches it."""
    return len(inputs) == 2 and outside_tapes() and any(
        isinstance(x, Box) and x.trainable and np.shape(x._raw()) == np.shape(out._raw())
        for x in inputs[: 1 if op.function is SUBTRACT else 2]
    )  # fmt: skip


def _tell(graph: Graph, op: Op, inputs: tuple[Any, ...], params: Params, out: Any) -> None:
    """Tell the observers that an op happened, and remember where a derivative of zero ends the way of gradients."""
    if not op.differentiable and graph.watchers:
        note_zero_derivative(graph, op.name, inputs, out)
    if graph.observers:
        if not graph.watchers and (op.function is ADD or op.function is SUBTRACT):
            out.trainable = is_update(op, inputs, out)
        graph.tell_op(op, inputs, params, out)


def escape(box: Box, how: str) -> None:
    """Tell who listens that the data of a box leave the engine."""
    graph = current()
    if graph is None:
        return
    hearing = [recorder for recorder in graph.recorders[deaf() :] if recorder.recording]
    if any(type(recorder).on_escape is not Recorder.on_escape for recorder in hearing):
        graph.tell(hearing, "on_escape", box, how)
    for recorder in hearing:
        if isinstance(recorder, Watcher):
            recorder._hear_escape(box, how)


def escape_of(values: tuple[object, ...], how: str) -> None:
    """The same for the first box among values, also inside lists."""
    box = first_box(values)
    if box is not None:
        escape(box, how)


def assigned(graph: Graph, box: Box, value: object) -> None:
    """Tell who listens that a box holds another value from now on."""
    graph.tell(graph.recorders, "on_assign", box, value)


# -- numpy's protocols -----------------------------------------------------------------------------------------------------


def ufunc(like: Box, function: Any, method: str, inputs: tuple[Any, ...], kwargs: Params) -> Any:
    """numpy asks (NEP 13) for `function(*inputs, **kwargs)`, or for one of its methods."""
    name = called(function)
    if kwargs.get("out") is not None:
        raise TypeError(
            f"{name}(..., out=) or an in-place operator would write into an array that a tape may need; "
            f"use the result instead: y = {name}(...)."
        )
    kwargs.pop("out", None)
    if method == "outer":
        a, b = inputs[0], inputs[1] if hasattr(inputs[1], "dtype") else np.asarray(inputs[1])  # a number counts as an array
        inputs, method = (np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b), "__call__"
    if method != "__call__":
        if (function, method) not in REGISTRY:
            raise TypeError(no_method(f"{name}.{method}"))
        kwargs = kwargs if method == "at" else {"axis": 0, **kwargs}
        return array_function(like, (function, method), inputs, kwargs)
    order: str | None = "K"
    cast: Any = REGISTRY["astype"]
    entry: Any = REGISTRY.get(function)
    if kwargs and entry is not None:
        try:
            inputs, kwargs, order = of_ufunc(name, function, inputs, kwargs, lambda x, dtype: cast((x, dtype), {}))
        except Exception as error:
            raise part_explained(error, entry, inputs, kwargs)  # noqa: B904 - it has its cause
    y = array_function(like, function, inputs, kwargs)
    return y if order in ("K", None) or not isinstance(y, Array) else y._call(REGISTRY[np.copy], (y,), {"order": order})


def array_function(like: Box, function: Any, args: tuple[Any, ...], kwargs: Params) -> Any:
    """numpy asks (NEP 18) for `function(*args, **kwargs)`."""
    if function is np.where and len(args) == 1:
        function = np.nonzero
    entry = REGISTRY.get(function)
    if isinstance(entry, Op):
        return entry.call(like, args, kwargs)
    if isinstance(entry, Decomposition):
        return entry(args, kwargs)
    if isinstance(entry, Metadata):
        try:
            return released(function(*strip(args), **strip(kwargs)))
        except TypeError as error:
            raise refusal(error, called(function), (*args, *kwargs.values())) from None
    ours = by_name(function) if isinstance(function, np.ufunc) else None  # a ufunc of scipy.special
    if isinstance(ours, Op):
        return like._call(ours, args, kwargs)
    if isinstance(ours, Decomposition):
        return ours(args, kwargs)
    raise TypeError(no_rule(function, REGISTRY))


def numbers(x: object, dtype: Any, name: str) -> Any:
    """A new array of x. TypeError for what numpy could only hold as an array of objects."""
    escape_of((x,), "constant" if name == "value" else "Variable")
    data = held(strip(unmasked(x)))
    if isinstance(data, External):
        return data.copy() if dtype is None else data.astype(dtype)
    array = array_of(refuse_several(data), dtype)
    if array.dtype.kind == "O":
        raise TypeError(f"{name} should be a number or an array of numbers, but got {brief(x)} of type {type(x).__name__}.")
    return array
