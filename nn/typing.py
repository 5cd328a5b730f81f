"""The types that the signatures of nn share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy.typing as npt

import autodiff as ad

Array: TypeAlias = npt.NDArray[Any] | ad.Tensor  # a Variable is a Tensor
ArrayLike: TypeAlias = npt.ArrayLike | ad.Tensor | ad.Value  # Python numbers, nested lists of them, and arrays
Variable: TypeAlias = ad.Variable | ad.Value  # what an optimizer changes
DType: TypeAlias = npt.DTypeLike | None  # None is the default
Shape: TypeAlias = Sequence[int | None]  # None is a size that is not known, such as that of the batch
Axis: TypeAlias = int | Sequence[int]
FilePath: TypeAlias = str | os.PathLike[str]
Logs: TypeAlias = dict[str, float]  # losses and metrics by name
Function: TypeAlias = Callable[..., Any]
Z = TypeVar("Z", bound=float | ad.Value | npt.NDArray[Any] | ad.Tensor)  # a function that returns the type it was given

__all__ = ["Array", "ArrayLike", "Axis", "DType", "FilePath", "Function", "Logs", "Shape", "Variable", "Z"]
