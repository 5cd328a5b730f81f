"""Every loss and every metric gives for targets and predictions of any dtype what it gives for the same numbers as float64."""

import numpy as np
import pytest
from together import each

import nn

DTYPES = ["?", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", ">i4", "f2", "f4", ">f8"]
CLASSES = {"CategoricalCrossentropy", "CategoricalFocalCrossentropy", "CategoricalHinge", "CategoricalAccuracy",
           "TopKCategoricalAccuracy"}  # fmt: skip
SPARSE = {"SparseCategoricalCrossentropy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"}
ZERO_OR_ONE = {"BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge", "KLDivergence", "MeanIoU"}
BY_EPSILON = {"KLDivergence", "MeanAbsolutePercentageError", "Poisson"}  # of 0 they are what the small number makes of it
EVERY = {f"{module.__name__}.{name}": getattr(module, name) for module in (nn.losses, nn.metrics) for name in module.__all__
         if isinstance(getattr(module, name), type) and name not in ("Loss", "Metric", "Mean")}  # fmt: skip


def examples(name, dtype):
    """(targets, predictions) whose differences, sums and squares do not fit the dtype, if it is small."""
    name = name.rpartition(".")[2]
    top = 1 if dtype == "?" else 100 if dtype == "i1" else 200
    if name in SPARSE:
        return np.array([0, 1, 1, 0]), np.array([[top, 0], [0, 1], [1, 0], [0, top]])
    if name in CLASSES:
        return np.array([[0, 1], [1, 0], [0, 1], [1, 0]]), np.array([[1, 0], [1, 1], [0, 1], [1, 1]])
    if name in ZERO_OR_ONE:
        return np.array([[0], [1], [1], [0]]), np.array([[1], [0], [1], [0]])
    return np.array([[0], [1], [top], [0]]), np.array([[1], [0], [0], [top]])


@each("dtype", dict(zip(DTYPES, DTYPES)))
@pytest.mark.parametrize("name", EVERY)
def test_the_dtype_changes_nothing(name, dtype):
    targets, predictions = examples(name, dtype)
    options = {"from_logits": True} if "Crossentropy" in name else {"k": 1} if "TopK" in name else {}
    options |= {"num_classes": 2} if name.endswith("MeanIoU") else {}
    for y, p in ((dtype, dtype), (dtype, "f8"), ("f8", dtype), (dtype, "u1")):
        if p == "f2" and name.rpartition(".")[2] in BY_EPSILON and name.startswith("nn.losses"):
            continue  # half precision has another small number
        right = float(EVERY[name](**options)(targets.astype("f8"), predictions.astype("f8")))
        given = float(EVERY[name](**options)(targets.astype(y), predictions.astype(p)))
        assert given == pytest.approx(right, rel=2e-3 if "f2" in (y, p) else 1e-6, abs=1e-6), (y, p)


@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "R2Score"])
def test_batches_and_weights_of_small_integers(name):
    y, p = np.array([[3], [5], [200], [7]], "u1"), np.array([[5], [3], [100], [9]], "u1")
    small, large = getattr(nn.metrics, name)(), getattr(nn.metrics, name)()
    for metric, dtype in ((small, "u1"), (large, "f8")):
        for k in (0, 2):
            metric.update_state(y[k : k + 2].astype(dtype), p[k : k + 2].astype(dtype), [1, 2])
    assert small.result() == pytest.approx(large.result())


def test_squares_that_half_precision_does_not_hold():
    y, p = np.array([[300.0]], "f2"), np.array([[0.0]], "f2")
    assert nn.metrics.MeanSquaredError()(y, p) == 90_000.0
