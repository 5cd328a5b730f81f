"""Decision boundaries: the predictions of a model with two inputs, over the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import autodiff as ad
from nn import activations
from nn.arguments import count, function
from nn.layers.base import Layer
from nn.layers.tree import walk
from nn.plots.canvas import axes, blend, colours, ink, paper
from nn.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decision_boundary(model: Any, x: ArrayLike, y: ArrayLike, ax: Axes | None = None, resolution: int = 200) -> Axes:
    """The Axes with the probabilities of a classifier of two inputs over the plane, its boundaries, and the points x (n, 2) in
    the colours of their classes y: numbers (n,), (n, 1) or one-hot (n, k).

    model: a `nn` model, one of scikit-learn, or a function of points (n, 2) or of one point. One output is the probability
    of the second class; several outputs are the probabilities of each. Outputs are taken for logits if the model says so, by
    its last activation or its loss's from_logits. If it says nothing, outputs outside [0, 1], or with sums other than 1, are
    logits. Raises ValueError for points that are not (n, 2), another number of labels, or more classes than outputs.

    >>> import numpy as np, nn
    >>> ax = nn.plots.decision_boundary(lambda x: 2 * x[:, 0] - 1, np.array([[0.0, 0.0], [1.0, 1.0]]), [0, 1], resolution=20)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0', '1']
    """
    count("resolution", resolution, 2)
    if not hasattr(model, "predict") and not hasattr(model, "predict_proba"):
        function("model", model, "a model, or a function of points")
    points, labels = _points(x, y)
    classes = np.unique(labels)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1.0)
    across, up = np.linspace(low - margin, high + margin, resolution).T
    plane = np.stack(np.meshgrid(across, up), axis=-1)
    p = probabilities(model, plane.reshape(-1, 2)).reshape(resolution, resolution, -1)
    if len(classes) > p.shape[-1]:
        raise ValueError(f"The model has outputs for {p.shape[-1]} classes, but the points are of {len(classes)}.")
    if classes.dtype.kind in "iuf" and set(classes) <= set(range(p.shape[-1])):
        classes = np.arange(p.shape[-1])
    drawn = axes(ax)
    shades = colours(p.shape[-1])
    _paint(drawn, across, up, p, shades)
    for k, label in enumerate(classes):
        here = labels == label
        name = f"{label:g}" if isinstance(label, np.number) else str(label)
        drawn.scatter(*points[here].T, s=22, color=shades[k], edgecolors=paper(drawn), linewidths=0.7, label=name, zorder=3)
    drawn.legend(title="class", loc="best" if len(points) <= 1000 else "upper right", framealpha=0.9)
    drawn.set(xlabel="$x_1$", ylabel="$x_2$", xlim=across[[0, -1]], ylim=up[[0, -1]])
    return drawn


def _paint(ax: Axes, across: np.ndarray, up: np.ndarray, p: np.ndarray, shades: list[Any]) -> None:
    """Paint the plane in the colours of the likeliest classes, paler where they are less likely, with lines between them."""
    n = p.shape[-1]
    best = p.argmax(axis=-1)
    share = 0.06 + 0.40 * (p.max(axis=-1) - 1 / n) / (1 - 1 / n)
    picture = np.empty((*best.shape, 3))
    for k, shade in enumerate(shades):
        picture[best == k] = blend(ax, shade, share[best == k])
    half = (across[1] - across[0]) / 2, (up[1] - up[0]) / 2
    extent = (across[0] - half[0], across[-1] + half[0], up[0] - half[1], up[-1] + half[1])
    ax.imshow(picture, extent=extent, origin="lower", aspect="auto", interpolation="bilinear", zorder=0)
    for k in range(1 if n == 2 else 0, n):
        lead = p[..., k] - np.delete(p, k, axis=-1).max(axis=-1)
        if lead.min() < 0 < lead.max():
            ax.contour(across, up, lead, [0.0], colors=[ink(ax)], linewidths=1.2, zorder=2)


def _points(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """(points (n, 2), labels (n,)). Raises ValueError for other shapes."""
    points, labels = ad.to_numpy(x, float), ad.to_numpy(y)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"A decision boundary is drawn for points of two numbers, (n, 2), but x has shape {points.shape}.")
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)
    if labels.size != len(points):
        raise ValueError(f"There are {len(points)} points, but y has shape {labels.shape}.")
    return points, labels.reshape(-1)


def probabilities(model: Any, points: np.ndarray) -> np.ndarray:
    """The probability of each class (n, k) at points (n, 2)."""
    if hasattr(model, "predict_proba"):
        return ad.to_numpy(model.predict_proba(points), float)
    outputs = _outputs(model, points)
    known = _gives_probabilities(model)
    if outputs.shape[1] == 1:
        if known is None:
            known = outputs.min() >= 0 and outputs.max() <= 1
        p = outputs if known else ad.to_numpy(ad.sigmoid(outputs))
        return np.hstack([1 - p, p])
    if known is None:
        known = outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-4)
    return outputs if known else ad.to_numpy(ad.softmax(outputs, axis=1))


def _outputs(model: Any, points: np.ndarray) -> np.ndarray:
    """The outputs of the model for points (n, 2), as an array (n, k)."""
    try:
        outputs = ad.to_numpy(model.predict(points) if hasattr(model, "predict") else model(points), float)
    except (TypeError, ValueError, IndexError):
        outputs = None
    if outputs is None or outputs.ndim == 0 or len(outputs) != len(points) or outputs.ndim > 2:
        outputs = np.array([ad.to_numpy(model(point), float) for point in points.tolist()])
    outputs = outputs.reshape(len(points), -1)
    if not np.isfinite(outputs).all():
        raise ValueError(f"The model gives NaN or infinity at {np.count_nonzero(~np.isfinite(outputs))} places of the plane.")
    return outputs


def _gives_probabilities(model: Any) -> bool | None:
    """Whether a model's outputs are probabilities; None if it does not say."""
    last = [layer.activation for _, layer in walk(model, Layer) if hasattr(layer, "activation")][-1:]
    if last and last[0] in activations.PROBABILITIES:
        return True
    if last and last[0] is activations.log_softmax:
        return False
    return False if getattr(getattr(model, "loss", None), "from_logits", False) else None
