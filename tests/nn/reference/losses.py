"""What losses are compared on: predictions, mild and extreme, and targets; every reduction, with and without weights."""

from itertools import product

import numpy as np

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")

NUMBERS = np.sin(np.arange(15.0)).reshape(5, 3) * 4
MILD = np.cos(np.arange(20.0) * 1.3).reshape(5, 4) * 3
EXTREME = np.array([[1000.0, -1000.0, 0.0, 500.0], [-1000.0, -1000.0, -1000.0, 1000.0], [40.0, 800.0, -40.0, 799.0],
                    [0.0, 0.0, 0.0, 0.0], [1e-8, -745.0, 37.0, 710.0]])  # fmt: skip
PROBABILITIES = np.exp(MILD) / np.exp(MILD).sum(-1, keepdims=True)
CERTAIN = np.array([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [1e-9, 1 - 1e-9, 0.0, 0.0],
                    [0.25, 0.25, 0.25, 0.25]])  # fmt: skip
BITS = np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
LABELS = np.array([1, 3, 0, 2, 1])
ROWS = np.eye(4)[LABELS]
SOFT = np.array([[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.25] * 4, [0.0, 0.7, 0.3, 0.0]])
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0])

TARGETS = NUMBERS + np.cos(np.arange(15.0)).reshape(5, 3) * 2  # errors on both sides of Huber's delta
LOGITS = dict(from_logits=True)

# {case: (class, options, targets, predictions)}
PLAIN = {
    "mse": ("MeanSquaredError", {}, TARGETS, NUMBERS),
    "mse_huge": ("MeanSquaredError", {}, TARGETS, NUMBERS * 1e6),
    "mae": ("MeanAbsoluteError", {}, TARGETS, NUMBERS),
    "huber": ("Huber", {}, TARGETS, NUMBERS),
    "huber_wide": ("Huber", dict(delta=1.7), TARGETS, NUMBERS),
    "huber_huge": ("Huber", {}, TARGETS, NUMBERS * 1e6),
    "hinge": ("Hinge", {}, 2 * BITS - 1, MILD),
    "hinge_01": ("Hinge", {}, BITS, MILD),
    "hinge_extreme": ("Hinge", {}, BITS, EXTREME),
    "bce_logits": ("BinaryCrossentropy", LOGITS, BITS, MILD),
    "bce_logits_extreme": ("BinaryCrossentropy", LOGITS, BITS, EXTREME),
    "bce_logits_soft": ("BinaryCrossentropy", LOGITS, SOFT, MILD),
    "bce_logits_smooth": ("BinaryCrossentropy", dict(from_logits=True, label_smoothing=0.1), BITS, EXTREME),
    "bce": ("BinaryCrossentropy", {}, BITS, PROBABILITIES),
    "bce_smooth": ("BinaryCrossentropy", dict(label_smoothing=0.2), BITS, PROBABILITIES),
    "bce_certain": ("BinaryCrossentropy", {}, BITS, CERTAIN),
    "cce_logits": ("CategoricalCrossentropy", LOGITS, ROWS, MILD),
    "cce_logits_extreme": ("CategoricalCrossentropy", LOGITS, ROWS, EXTREME),
    "cce_logits_soft": ("CategoricalCrossentropy", LOGITS, SOFT, MILD),
    "cce_logits_smooth": ("CategoricalCrossentropy", dict(from_logits=True, label_smoothing=0.1), ROWS, EXTREME),
    "cce": ("CategoricalCrossentropy", {}, ROWS, PROBABILITIES),
    "cce_scaled": ("CategoricalCrossentropy", {}, ROWS, PROBABILITIES * 0.5),
    "cce_smooth": ("CategoricalCrossentropy", dict(label_smoothing=0.3), ROWS, PROBABILITIES),
    "cce_certain": ("CategoricalCrossentropy", {}, ROWS, CERTAIN),
    "sparse_logits": ("SparseCategoricalCrossentropy", LOGITS, LABELS, MILD),
    "sparse_logits_extreme": ("SparseCategoricalCrossentropy", LOGITS, LABELS, EXTREME),
    "sparse_logits_column": ("SparseCategoricalCrossentropy", LOGITS, LABELS[:, None], MILD),
    "sparse": ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    "sparse_certain": ("SparseCategoricalCrossentropy", {}, LABELS, CERTAIN),
}
# of these, two reductions are enough
OTHERS = {
    "mape": ("MeanAbsolutePercentageError", {}, TARGETS, NUMBERS),
    "mape_of_0": ("MeanAbsolutePercentageError", {}, BITS, MILD),
    "msle": ("MeanSquaredLogarithmicError", {}, np.abs(TARGETS), np.abs(NUMBERS)),
    "msle_negative": ("MeanSquaredLogarithmicError", {}, TARGETS, NUMBERS),
    "log_cosh": ("LogCosh", {}, TARGETS, NUMBERS),
    "log_cosh_huge": ("LogCosh", {}, TARGETS, NUMBERS * 1e6),
    "poisson": ("Poisson", {}, np.round(np.abs(TARGETS)), np.abs(NUMBERS)),
    "poisson_near_0": ("Poisson", {}, ROWS, CERTAIN),
    "cosine": ("CosineSimilarity", {}, TARGETS, NUMBERS),
    "cosine_of_0": ("CosineSimilarity", {}, TARGETS * (WEIGHTS > 0)[:, None], NUMBERS),
    "squared_hinge": ("SquaredHinge", {}, 2 * BITS - 1, MILD),
    "squared_hinge_01": ("SquaredHinge", {}, BITS, EXTREME),
    "categorical_hinge": ("CategoricalHinge", {}, ROWS, MILD),
    "categorical_hinge_extreme": ("CategoricalHinge", {}, ROWS, EXTREME),
    "kl": ("KLDivergence", {}, SOFT, PROBABILITIES),
    "kl_certain": ("KLDivergence", {}, ROWS, CERTAIN),
    "binary_focal": ("BinaryFocalCrossentropy", {}, BITS, PROBABILITIES),
    "binary_focal_balanced": ("BinaryFocalCrossentropy", dict(apply_class_balancing=True, alpha=0.4), BITS, PROBABILITIES),
    "binary_focal_logits": ("BinaryFocalCrossentropy", dict(gamma=1.5, from_logits=True, label_smoothing=0.1), BITS, MILD),
    "focal": ("CategoricalFocalCrossentropy", {}, ROWS, PROBABILITIES),
    "focal_logits": ("CategoricalFocalCrossentropy", dict(gamma=1.5, from_logits=True, label_smoothing=0.1), SOFT, MILD),
    "focal_alphas": ("CategoricalFocalCrossentropy", dict(alpha=[0.1, 0.2, 0.3, 0.4]), ROWS, PROBABILITIES),
    "ignored": ("SparseCategoricalCrossentropy", dict(ignore_class=1), LABELS, PROBABILITIES),
    "ignored_outside": ("SparseCategoricalCrossentropy", dict(from_logits=True, ignore_class=-1), LABELS - (LABELS == 1) * 2,
                        EXTREME),
}  # fmt: skip
# {case: (class, options, targets, predictions, weights or None)}
CASES = {
    f"{case}/{reduction}{'' if w is None else '/weighted'}": (name, options | {"reduction": reduction}, y, p, w)
    for (case, (name, options, y, p)), reduction, w in product(PLAIN.items(), REDUCTIONS, (None, WEIGHTS))
}
CASES |= {
    f"{case}/{reduction}": (name, options | {"reduction": reduction}, y, p, w)
    for case, (name, options, y, p) in OTHERS.items() for reduction, w in (("sum_over_batch_size", WEIGHTS), ("none", None))
}  # fmt: skip
# with another axis for the classes: (examples, classes, places)
AXES = {
    f"{name}/{axis}": (name, dict(LOGITS, axis=axis), y, p, None)
    for axis in (1, -2)
    for name, y, p in (
        ("BinaryCrossentropy", BITS[:, :, None] * [1.0, 0.5], np.stack([MILD, EXTREME], -1)),
        ("CategoricalCrossentropy", np.stack([ROWS, SOFT], -1), np.stack([MILD, EXTREME], -1)),
        ("SparseCategoricalCrossentropy", np.stack([LABELS, LABELS[::-1]], -1), np.stack([MILD, EXTREME], -1)),
    )
}
CASES |= AXES
CASES |= {f"CosineSimilarity/{axis}": ("CosineSimilarity", dict(axis=axis), TARGETS, NUMBERS, None) for axis in (0, 1)}
CASES["ignored/mean_with_sample_weight"] = (
    "SparseCategoricalCrossentropy", dict(ignore_class=1, reduction="mean_with_sample_weight"), LABELS, PROBABILITIES, WEIGHTS
)  # fmt: skip
CLASS_WEIGHTS = np.array([0.5, 1.0, 2.0, 4.0])


# {case: (f, t, x -> loss, ours)}: PyTorch's own functions, f being torch.nn.functional and t torch.tensor
TORCH = {
    "mse_loss": (lambda f, t, x: f.mse_loss(x, t(TARGETS)), CASES["mse/mean"]),
    "mse_loss_sum": (lambda f, t, x: f.mse_loss(x, t(TARGETS), reduction="sum") / 3, CASES["mse/sum"]),
    "l1_loss": (lambda f, t, x: f.l1_loss(x, t(TARGETS)), CASES["mae/mean"]),
    "huber_loss": (lambda f, t, x: f.huber_loss(x, t(TARGETS), delta=1.7), CASES["huber_wide/mean"]),
    "smooth_l1_loss": (lambda f, t, x: f.smooth_l1_loss(x, t(TARGETS)), CASES["huber/mean"]),
    "bce": (lambda f, t, x: f.binary_cross_entropy(x, t(BITS)), CASES["bce/mean"]),
    "bce_logits": (lambda f, t, x: f.binary_cross_entropy_with_logits(x, t(BITS)), CASES["bce_logits/mean"]),
    "bce_extreme": (lambda f, t, x: f.binary_cross_entropy_with_logits(x, t(BITS)), CASES["bce_logits_extreme/mean"]),
    "bce_soft": (lambda f, t, x: f.binary_cross_entropy_with_logits(x, t(SOFT)), CASES["bce_logits_soft/mean"]),
    "cross_entropy": (lambda f, t, x: f.cross_entropy(x, t(LABELS)), CASES["sparse_logits/mean"]),
    "cross_entropy_sum": (lambda f, t, x: f.cross_entropy(x, t(LABELS), reduction="sum"), CASES["sparse_logits/sum"]),
    "cross_entropy_none": (lambda f, t, x: f.cross_entropy(x, t(LABELS), reduction="none"), CASES["sparse_logits/none"]),
    "cross_entropy_extreme": (lambda f, t, x: f.cross_entropy(x, t(LABELS)), CASES["sparse_logits_extreme/mean"]),
    "cross_entropy_soft": (lambda f, t, x: f.cross_entropy(x, t(SOFT)), CASES["cce_logits_soft/mean"]),
    "cross_entropy_smooth": (
        lambda f, t, x: f.cross_entropy(x, t(LABELS), label_smoothing=0.1),
        ("SparseCategoricalCrossentropy", dict(from_logits=True, label_smoothing=0.1), LABELS, EXTREME, None),
    ),
    "nll_of_log_softmax": (lambda f, t, x: f.nll_loss(f.log_softmax(x, -1), t(LABELS)), CASES["cce_logits/mean"]),
    "class_weights": (  # PyTorch divides by the sum of the weights
        lambda f, t, x: f.cross_entropy(x, t(LABELS), weight=t(CLASS_WEIGHTS)),
        (*CASES["sparse_logits/mean_with_sample_weight"][:4], CLASS_WEIGHTS[LABELS]),
    ),
    "classes_in_the_middle": (
        lambda f, t, x: f.cross_entropy(x, t(AXES["SparseCategoricalCrossentropy/1"][2])),
        AXES["SparseCategoricalCrossentropy/1"],
    ),
}


def joined(loss, gradient):
    """All the numbers of a loss, or of several, and of the gradient, in one row."""
    return np.concatenate([np.ravel(loss), np.ravel(gradient)])


def keras_numbers(keras, name, options, y, p, w):
    """The loss and its gradient from Keras on PyTorch, in float64."""
    import torch

    loss = getattr(keras.losses, name)(dtype="float64", **options)
    return torch_numbers(torch, lambda f, t, x: loss(y, x, w), p)


def torch_numbers(torch, function, p):
    """The loss and its gradient from PyTorch, in float64."""
    x = torch.tensor(p, requires_grad=True)
    loss = function(torch.nn.functional, torch.tensor, x)
    loss.sum().backward()
    return joined(loss.detach().numpy(), x.grad.numpy())


def packed(rows):
    """{case: row} as two arrays: the cases, and the rows, filled up with NaN."""
    width = max(map(len, rows.values()))
    table = np.array([np.pad(row, (0, width - len(row)), constant_values=np.nan) for row in rows.values()])
    return {"cases": np.array(list(rows)), "table": table}


def unpacked(arrays):
    """{case: row} from what `packed` gave."""
    return {str(case): row[~np.isnan(row)] for case, row in zip(arrays["cases"], arrays["table"])}
