"""The types that the signatures of nn share."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy.typing as npt

import autodiff as ad

ArrayLike: TypeAlias = npt.ArrayLike | ad.Tensor | ad.Variable | ad.Value  # numbers, nested lists, arrays, boxes of a tape
Array: TypeAlias = npt.NDArray[Any] | ad.Tensor  # what layers and losses compute with: a Tensor where a tape records
Variable: TypeAlias = ad.Variable | ad.Value  # what an optimizer changes
DType: TypeAlias = npt.DTypeLike
Shape: TypeAlias = Sequence[int | None]  # None stands for a size that is not known, such as the batch's
Axis: TypeAlias = int | Sequence[int]
Logs: TypeAlias = dict[str, float]  # losses and metrics by name
Function: TypeAlias = Callable[..., Any]

__all__ = ["Array", "ArrayLike", "Axis", "DType", "Function", "Logs", "Shape", "Variable"]
