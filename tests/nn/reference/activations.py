"""What activations are compared on: numbers near 0, far from it, and 0 itself where both sides agree."""

import numpy as np

FAR = [-1000.0, -745.0, -100.0, -37.0, 37.0, 100.0, 710.0, 1000.0]
NEAR = [-8.0, -3.0, -1.0, -0.5, -1e-3, -1e-9, 1e-9, 1e-3, 0.5, 1.0, 3.0, 8.0]
POINTS = np.array(NEAR + FAR)

# {case: (name, options)}
CASES = {
    name: (name, {}) for name in (
        "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "softmax", "log_softmax",
    )
} | {
    name: (name, {}) for name in (
        "relu6", "selu", "celu", "squareplus", "softsign", "exponential", "log_sigmoid", "hard_sigmoid", "hard_silu",
        "hard_tanh", "sparse_sigmoid", "sparse_plus", "tanh_shrink", "soft_shrink", "hard_shrink", "mish", "glu",
    )
} | {
    "relu_with_options": ("relu", dict(negative_slope=0.1, max_value=5.0, threshold=0.7)),
    "relu_max_value": ("relu", dict(max_value=5.0)),
    "celu_2": ("celu", dict(alpha=2.0)),
    "squareplus_1": ("squareplus", dict(b=1.0)),
    "soft_shrink_2": ("soft_shrink", dict(threshold=2.0)),
    "hard_shrink_2": ("hard_shrink", dict(threshold=2.0)),
    "threshold": ("threshold", dict(threshold=0.7, default_value=-1.5)),
    "swish": ("swish", {}),
    "hard_swish": ("hard_swish", {}),
    "leaky_relu_0.01": ("leaky_relu", dict(negative_slope=0.01)),
    "elu_2": ("elu", dict(alpha=2.0)),
    "gelu_approximate": ("gelu", dict(approximate=True)),
}  # fmt: skip


def points(name):
    """Where the activation is compared: in rows, if it looks at a whole row, and beside its kinks at 0.5, 1, and 3."""
    if name.startswith(("hard_", "sparse_", "soft_shrink")):
        return POINTS + 0.013
    if name == "exponential":
        return POINTS[np.abs(POINTS) < 80]
    return POINTS.reshape(5, 4) if "softmax" in name or name == "glu" else POINTS


def upstream(x):
    return np.cos(np.arange(x.size)).reshape(x.shape)


def keras_numbers(keras, name, options):
    """The activation and its gradient from Keras on PyTorch, in one row."""
    import torch

    x = torch.tensor(points(name), requires_grad=True)
    y = getattr(keras.activations, name)(x, **options)
    (y * torch.tensor(upstream(y.detach().numpy()))).sum().backward()
    return np.concatenate([y.detach().numpy().ravel(), x.grad.numpy().ravel()])
