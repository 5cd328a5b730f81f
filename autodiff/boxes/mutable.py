"""MutableTensor: a copy of an array that can be written into, element by element, while tapes follow."""

from __future__ import annotations

from typing import Any

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Box, first_box, strip
from autodiff.core.dispatch import assigned
from autodiff.core.dtypes import carries_gradient, is_inexact
from autodiff.core.duck import Duck
from autodiff.core.listening import current
from autodiff.core.native import mypyc_attr
from autodiff.core.op import everything_recorded
from autodiff.core.types import ArrayLike, Key
from autodiff.failures.arguments import instance_given
from autodiff.rules import arithmetic
from autodiff.rules.indexing import setitem


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class MutableTensor(Tensor):
    """A Tensor that can be written into: what `x.copy()`, `np.copy(x)`, `np.zeros_like(x)` and their kin return.

    A write makes a new array, which this box holds from then on, and tapes record it as an operation. So `x` and everything
    that was computed before keep their numbers; that includes slices of this Tensor, where numpy would write through.

    Examples
    --------
    >>> import numpy as np
    >>> from autodiff import Tape, constant
    >>> x = constant([1.0, 2.0, 3.0])
    >>> with Tape() as tape:
    ...     tape.watch(x)
    ...     y = x.copy()
    ...     y[0] = x[1] * x[2]
    ...     y[y > 2.5] *= 10.0
    ...     loss = np.sum(y)
    >>> y
    MutableTensor([60.,  2., 30.])
    >>> tape.gradient(loss, x)
    Tensor([ 0., 31., 30.])
    """

    __slots__ = ()

    def __init__(self, computed: Any) -> None:
        instance_given(computed, Tensor, "MutableTensor", "argument (x.copy() makes one)")
        super().__init__(computed._held, computed.name)
        self._hold(computed)

    def _hold(self, computed: Tensor) -> None:
        """Stand for what was computed, from now on."""
        self._held = computed._held
        self._index = computed._index
        self._epoch = computed._epoch
        graph = current()
        if graph is not None:
            assigned(graph, self, computed)

    def __setitem__(self, key: Key, value: ArrayLike) -> None:
        graph = current()
        if graph is not None and id(self) in graph.leaves:
            raise TypeError(
                "A tape watches this Tensor itself, so that writing into it would change a source: watch x, and write into "
                "y = x.copy()."
            )
        if not is_inexact(self._held) and isinstance(value, Box) and carries_gradient(value._raw()):
            raise TypeError(
                f"Floats written into an array of dtype {self._held.dtype} would lose their gradient: "
                "copy a float array, or convert this one by astype(float) first."
            )
        self._hold(self._written(key, value))

    def _written(self, key: Any, value: Any) -> Any:
        """The array with `value` at `key`."""
        if first_box((key,)) is not None:
            plain = strip(key)
            if everything_recorded.get() or isinstance(plain, Duck):  # then the key must not be frozen
                if key.shape != self.shape or getattr(value, "shape", ()) != ():
                    raise TypeError(
                        "Inside vmap and traces a computed key is a mask of the array's own shape, and one number is written "
                        "there; otherwise use y = np.where(mask, values, y)."
                    )
                return arithmetic.where(key, value, self)
            key = plain
        return setitem(self, value, key=key)

    def __iadd__(self, other: Any) -> Any:
        self[...] = self + other
        return self

    def __isub__(self, other: Any) -> Any:
        self[...] = self - other
        return self

    def __imul__(self, other: Any) -> Any:
        self[...] = self * other
        return self

    def __itruediv__(self, other: Any) -> Any:
        self[...] = self / other
        return self

    def __ifloordiv__(self, other: Any) -> Any:
        self[...] = self // other
        return self

    def __imod__(self, other: Any) -> Any:
        self[...] = self % other
        return self

    def __imatmul__(self, other: Any) -> Any:
        self[...] = self @ other
        return self

    def __ipow__(self, other: Any) -> Any:
        self[...] = self**other
        return self

    def _twin(self, deep: bool) -> Any:
        return MutableTensor(super()._twin(deep))

    def __reduce__(self) -> Any:
        return MutableTensor, (Tensor(self._held, self.name),)
