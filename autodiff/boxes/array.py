"""The part of a Tensor that computes nothing: its array, and the ways out of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import Box
from autodiff.core.dispatch import escape
from autodiff.core.duck import Duck
from autodiff.core.external import External, is_lazy, released
from autodiff.core.native import mypyc_attr
from autodiff.core.transfer import device_of, on_host, refusal
from autodiff.core.types import Flag
from autodiff.failures.callsite import asked_by_engine
from autodiff.rules.array_methods import ArrayMethods


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class ArrayBox(ArrayMethods):
    """An array as numpy and Python see it. Tensor adds what is computed with it."""

    __slots__ = ()

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            f"{type(self).__name__} does not support item assignment: a tape may need its numbers, and where it is a slice "
            "of another array, numpy would write through to that one. Write into a copy, y = x.copy(), or build a new array "
            "with np.where, np.concatenate or np.stack; assign a whole Variable by v.assign(...)."
        )

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(np.equal(self, item)))

    def __bool__(self) -> bool:
        escape(self, "bool")
        if isinstance(self._held, np.ndarray) and self._held.size > 1:
            raise ValueError(f"The truth of an array of shape {self._held.shape} is ambiguous: write np.any(x) or np.all(x).")
        return bool(released(self._held))

    def __float__(self) -> float:
        escape(self, "float")
        return float(released(self._held))

    def __complex__(self) -> complex:
        escape(self, "float")
        return complex(released(self._held))

    def __int__(self) -> int:
        escape(self, "int")
        return int(released(self._held))

    def __index__(self) -> int:
        escape(self, "index")
        return int(released(self._held).__index__())

    def __array__(self, dtype: Any = None, copy: Flag | None = None) -> Any:
        escape(self, "__array__")
        if isinstance(dtype, Box):
            raise TypeError(f"A dtype is wanted, but got a {type(dtype).__name__}.")
        if type(self._held) is External:
            if asked_by_engine():
                return np.asarray(self._held, dtype)  # which says why it is refused
            try:
                return np.asarray(self._held.data, dtype)  # as its library has it: Dask computes
            except TypeError as error:  # CuPy refuses
                raise refusal(error, "np.asarray", (self,)) from None
        view = self._held.view()
        view.flags.writeable = False
        return view if dtype is None and copy is None else view.__array__(dtype, copy=copy)

    def __dlpack__(self, **options: Any) -> Any:
        """The array for another library (DLPack). It is not to write into it: numpy, which asks in words of its own, does not,
        and others, of which PyTorch 2.14 does so though told, get a copy."""
        escape(self, "__dlpack__")
        data = released(self._held)
        if type(self._held) is External:
            if not hasattr(data, "__dlpack__"):
                raise BufferError(f"An array of {self._held.library.name} has no DLPack: t.numpy() is a copy on the host.")
            return data.__dlpack__(**options)
        is_shared = options.keys() >= {"copy", "dl_device", "max_version"} or options.get("copy") is False
        data = self.__array__() if is_shared and not options.pop("copy", None) else data.copy()
        return data.__dlpack__(**options)

    # What makes a lazy Tensor one of Dask's collections: dask.compute(loss, *gradients) computes them together.

    def __dask_graph__(self) -> Any:
        return self._held.data.__dask_graph__() if is_lazy(self._held) else None

    def __dask_keys__(self) -> Any:
        return self._held.data.__dask_keys__()

    def __dask_layers__(self) -> Any:
        return self._held.data.__dask_layers__()

    def __dask_tokenize__(self) -> Any:
        return released(self._held)

    def __dask_postcompute__(self) -> Any:
        return self._held.data.__dask_postcompute__()

    def __dask_postpersist__(self) -> Any:
        rebuild, args = self._held.data.__dask_postpersist__()
        return _rebuilt, (type(self), rebuild, args, self.name)

    @property
    def __dask_optimize__(self) -> Any:
        return self._held.data.__dask_optimize__

    @property
    def __dask_scheduler__(self) -> Any:
        return self._held.data.__dask_scheduler__

    def __dlpack_device__(self) -> Any:
        data = released(self._held)
        return data.__dlpack_device__() if hasattr(data, "__dlpack_device__") else np.empty(0).__dlpack_device__()

    def __repr__(self) -> str:
        label = "" if self.name is None else f", name={self.name!r}"
        if isinstance(self._held, Duck):
            return f"{type(self).__name__}({self._held!r}{label})"
        numbers = np.array2string(self._held, separator=", ", prefix=type(self).__name__ + "(")
        kind = "" if self._held.dtype == np.float64 else f", dtype={self._held.dtype}"
        return f"{type(self).__name__}({numbers}{kind}{label})"

    def __format__(self, spec: str) -> str:
        numbers: Any = self._held
        if spec and isinstance(self._held, Duck):
            numbers = on_host(numbers) if is_lazy(numbers) and not numbers.ndim else numbers.shown()  # as "%.2f" % t has it
        plain = isinstance(numbers, np.ndarray) and numbers.ndim == self._held.ndim == 0
        return format(numbers[()], spec) if plain else format(str(self), spec)

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self._held.shape
        return shape

    @property
    def ndim(self) -> int:
        return int(self._held.ndim)

    @property
    def size(self) -> int:
        return int(self._held.size)

    @property
    def dtype(self) -> Any:
        return self._held.dtype

    @property
    def itemsize(self) -> int:
        return int(self._held.dtype.itemsize)

    @property
    def device(self) -> Any:
        """Where the numbers are: "cpu" for numpy's, otherwise what the array's library says."""
        return device_of(self._held)

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def data(self) -> Any:
        """The array itself, not a copy."""
        escape(self, "data")
        return released(self._held)

    def numpy(self) -> Any:
        """A copy of the array, on the host; a lazy array is computed for it."""
        escape(self, "numpy")
        return on_host(self._held) if type(self._held) is External else self._held.copy()

    def item(self, *index: Any) -> Any:
        escape(self, "item")
        return (self.numpy() if type(self._held) is External else self._held).item(*index)

    def tolist(self) -> Any:
        escape(self, "tolist")
        return (self.numpy() if type(self._held) is External else self._held).tolist()


def _rebuilt(graph: Any, kind: Any, rebuild: Any, args: Any, name: Any, **options: Any) -> Any:
    """A lazy Tensor whose chunks have been computed."""
    return kind(rebuild(graph, *args, **options), name)
