"""What public signatures take. These names are for readers and type checkers; at run time they are Any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import EllipsisType
    from typing import SupportsIndex, TypeAlias

    import numpy as np
    import numpy.typing as npt

    from autodiff.core.box import Box

    ArrayLike: TypeAlias = npt.ArrayLike | Box  # a number, an array, a list of numbers, a Value, Tensor or Variable
    Tree: TypeAlias = ArrayLike | Sequence["Tree"] | Mapping[Any, "Tree"]  # lists, tuples and dicts of these, nested
    DType: TypeAlias = npt.DTypeLike | None
    Axis: TypeAlias = SupportsIndex | Sequence[SupportsIndex] | None
    Text: TypeAlias = str | np.str_
    Flag: TypeAlias = int | np.bool_  # true or false; a bool is an int
    Key: TypeAlias = SupportsIndex | slice | EllipsisType | npt.ArrayLike | Box | tuple[Any, ...] | None  # an index
else:
    ArrayLike = Tree = DType = Axis = Text = Flag = Key = Any
