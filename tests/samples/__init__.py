"""The samples: every op of the engine with arguments that exercise it. An op without a row fails the suite.

What a row is stands in table.py. The rows stand in one module for each subject.
"""

from importlib import import_module

from samples.table import ROWS, SAMPLES, WRONG, any_, called, described, leaves, over, planted, positive, rebuild, sample, wrong

__all__ = [
    "EVERY", "ROWS", "SAMPLES", "WRONG", "any_", "called", "described", "leaves", "over", "planted", "positive", "rebuild",
    "sample", "wrong",
]  # fmt: skip

SUBJECTS = (
    "arithmetic",
    "tails",
    "reductions",
    "statistics",
    "sorting",
    "shapes",
    "indexing",
    "products",
    "linear_algebra",
    "matrix_functions",
    "scipys_linalg",
    "sampled",
    "special_functions",
    "scipy_functions",
    "polynomials",
    "writing",
    "sets",
    "histograms",
    "creation",
    "mapping",
    "folds",
    "floats",
    "series",
    "keywords",
    "keys",
    "forms",
    "fourier",
)

for subject in SUBJECTS:
    import_module(f"samples.{subject}")

EVERY = [row for rows in SAMPLES.values() for row in rows]  # each row drawn once
