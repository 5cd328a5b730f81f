"""Functions of derivative zero whose results are whole numbers, truth values or places, and functions that ask about shapes."""

from __future__ import annotations

import numpy as np

from autodiff.core.registry import metadata, zero_derivative

__all__: list[str] = []

zero_derivative(
    np.left_shift, np.right_shift, np.bitwise_count, np.gcd, np.lcm, np.isnat, np.ix_, np.ravel_multi_index, np.unravel_index,
    np.packbits, np.unpackbits, np.linalg.matrix_rank,
)  # fmt: skip
metadata(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from, np.einsum_path)
