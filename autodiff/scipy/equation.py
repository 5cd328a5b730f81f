"""A differential equation whose function may read boxes: scipy solves it, and tapes multiply by its derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable, convert_to_tensor
from autodiff.core.box import Box, first_box, raw_of
from autodiff.core.dispatch import escape
from autodiff.core.graph import Graph
from autodiff.core.interrupts import held_at
from autodiff.core.listening import ACTIVE, CURRENT, current
from autodiff.core.op import Op
from autodiff.core.recorder import Recorder
from autodiff.core.structural import identity
from autodiff.core.types import Tree
from autodiff.scalar.backward import as_value
from autodiff.tape import ForwardAccumulator, Tape, nested

Function = Callable[..., Any]
Numbers: TypeAlias = Any  # a number or an array: a plain one, a box, or a batch
IMPLICIT = ("Radau", "BDF", "LSODA")
MANY = 50  # for fewer equations differences take less time than a tape


class Reads(Recorder):
    """Hears which boxes a function reads that are followed outside, and are not among its arguments."""

    def __init__(self, outside: Graph) -> None:
        self.outside = outside
        self.found: dict[int, Box] = {}
        self.escaped: list[tuple[Box, str]] = []
        self.made: dict[int, Any] = {}  # by the call that is under way

    def on_op(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], output: Any) -> None:
        if op.differentiable:
            self.found.update({id(x): x for x in inputs if self._is_outside(x)})
        self.made.update({id(part): part for part in (output if isinstance(output, tuple) else (output,))})

    def on_escape(self, box: Box, how: str) -> None:
        if self._is_outside(box):
            self.escaped.append((box, how))

    def _is_outside(self, x: Any) -> bool:
        return isinstance(x, Box) and id(x) not in self.made and (
            id(x) in self.found or any(recorder.recording and recorder._follows(x) for recorder in self.outside.recorders)
        )  # fmt: skip


@contextmanager
def isolated() -> Iterator[None]:
    """What happens inside this block is heard by no recorder that is open outside."""
    with held_at(ACTIVE, None), held_at(CURRENT, None):
        yield


def as_array(x: Numbers) -> Numbers:
    return x if isinstance(x, Box) else convert_to_tensor(x) if first_box((x,)) is not None else np.asarray(x)


class Equation:
    """dy/dt = fun(t, y, *args). Its parameters are the boxes among `args`, and the followed ones that `fun` closes over, which
    are known once it was solved. `options` are the solver's."""

    def __init__(self, fun: Function, args: tuple[Tree, ...], method: str, options: dict[str, Any]) -> None:
        self.fun, self.args, self.method, self.options = fun, args, method, options
        self.boxes = list({id(x): x for x in nested.leaves(args) if isinstance(x, Box)}.values())
        self.captured: list[Any] = []
        self.boxed = False  # whether fun returns boxes for plain arguments

    def bound(self, given: Numbers) -> Function:
        """The slopes as a function of t and y alone, with other numbers or boxes for those of the arguments."""
        swap = dict(zip(map(id, self.boxes), given))
        args = nested.map_tree(lambda x: swap.get(id(x), x), list(self.args)) if swap else self.args
        return lambda t, y: as_array(self.fun(t, y, *args))

    def plain(self, parameters: Numbers) -> Function:
        """The slopes as scipy asks for them."""
        slopes = self.bound(parameters)

        def plain(t: float, y: Numbers) -> Numbers:
            found = slopes(t, y)
            if isinstance(found, Box):
                self.boxed = True
                return found._raw()
            return found

        return plain

    def solved(self, span: Numbers, y0: Numbers, parameters: Numbers, **wanted: Numbers) -> Numbers:
        """scipy's answer, of plain numbers. RuntimeError if its solver fails."""
        import scipy.integrate

        options = {**self.jacobian(span[0], y0, parameters), **self.options, **wanted}
        found = scipy.integrate.solve_ivp(self.plain(parameters), span, y0, self.method, **options)
        if not found.success:
            raise RuntimeError(f"scipy's solve_ivp failed: {found.message}")
        return found

    def jacobian(self, t: float, y: Numbers, parameters: Numbers) -> dict[str, Any]:
        """The option `jac` of an implicit method, if tapes can go through `fun`; scipy takes differences otherwise."""
        given = {"jac", "jac_sparsity", "lband", "uband"} & self.options.keys()
        if self.method not in IMPLICIT or given or y.size < MANY:
            return {}

        def jac(t: float, y: Numbers) -> Numbers:
            with isolated(), Tape(watch_accessed_variables=False, persistent=True) as tape:
                box = Tensor(y)
                tape.watch(box)
                slopes = self.bound(parameters)(t, box)
            return tape.jacobian(slopes, box, unconnected_gradients="zero").numpy()

        try:
            jac(t, y)
        except Exception:  # whatever it is, the function may be right for plain numbers
            return {}
        return {"jac": jac}

    def first_solved(self, span: Numbers, y0: Numbers, **wanted: Numbers) -> Numbers:
        """The same for the arguments as they are; it also finds what `fun` closes over."""
        outside, parameters = current(), raw_of(tuple(self.boxes))
        if outside is None:
            return self.solved(span, y0, parameters, **wanted)
        with isolated(), Reads(outside) as reads:
            found = self.solved(span, y0, parameters, **wanted)
        for box, how in reads.escaped:
            escape(box, how)
        own = {id(x) for x in self.boxes}
        self.captured = [x for x in reads.found.values() if id(x) not in own]
        return found

    @contextmanager
    def holding(self, parameters: Numbers) -> Iterator[None]:
        """Inside this block, what `fun` closes over holds the numbers that it was solved with."""
        changed = [(box, box._raw(), new) for box, new in zip(self.captured, parameters[len(self.boxes) :])
                   if not np.array_equal(box._raw(), new, equal_nan=True)]  # fmt: skip
        for box, _, new in changed:
            if not isinstance(box, Variable) and not (box._is_number() and box._is_leaf()):
                raise TypeError(f"The function of solve_ivp closes over {box!r:.60}, which has changed: pass it in args.")
            box.assign(new)
        try:
            yield
        finally:
            for box, old, _ in changed:
                box.assign(old)

    # -- products with its derivatives -------------------------------------------------------------------------------------

    def sources(self, parameters: Numbers) -> list[Numbers]:
        """Fresh boxes of the parameters, to differentiate with respect to; what `fun` closes over is such a box itself."""
        return [*[_fresh(x, box) for x, box in zip(parameters, self.boxes)], *self.captured]

    def pulled(self, t: float, y: Numbers, parameters: Numbers, u: Numbers) -> list[Numbers]:
        """u times df/dy, and u times df/dp for each of the parameters."""
        with Tape(watch_accessed_variables=False) as tape:
            box, boxes = Tensor(y), self.sources(parameters)
            tape.watch([box, *boxes])
            slopes = self.bound(boxes)(t, box)
        if not isinstance(slopes, Box):
            return [np.zeros_like(y), *[np.zeros(np.shape(x)) for x in boxes]]
        return [raw_of(part) for part in tape.gradient(slopes, [box, *boxes], u, unconnected_gradients="zero")]

    def jacobians(self, t: float, y: Numbers, parameters: Numbers) -> list[Numbers]:
        """df/dy, and df/dp for each of the parameters."""
        with Tape(watch_accessed_variables=False, persistent=True) as tape:
            box, boxes = Tensor(y), self.sources(parameters)
            tape.watch([box, *boxes])
            slopes = self.bound(boxes)(t, box)
        if not isinstance(slopes, Box):
            return [np.zeros((y.size, *np.shape(x))) for x in (box, *boxes)]
        return [raw_of(part) for part in tape.jacobian(slopes, [box, *boxes], unconnected_gradients="zero")]

    def pushed(self, t: Numbers, state: Numbers, given: Numbers) -> Numbers:
        """f and its tangent, of y and its tangent; `given` are the boxes of the arguments and tangents of all parameters."""
        n, count = np.shape(state)[0] // 2, len(self.boxes)
        whole: Any = state if isinstance(state, Box) else Tensor(state)
        y, v = whole[:n], state[n:]
        boxes = self.sources(given[:count])
        with ForwardAccumulator([y, *boxes], [v, *given[count:]]) as accumulator:
            slopes = self.bound(boxes)(t, y)
        if not isinstance(slopes, Box):
            return np.concatenate([slopes, np.zeros(n)])
        return np.concatenate([slopes, accumulator.jvp(slopes, unconnected_gradients="zero")])


def _fresh(x: Any, box: Any) -> Any:
    """A new box of the same data, of the kind of `box`, or a Tensor."""
    return identity(x) if isinstance(x, Box) else as_value(x) if box is not None and box._is_number() else Tensor(np.asarray(x))
