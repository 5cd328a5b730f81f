"""Functions: of one number with their derivatives, and of two numbers with the paths of optimizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import autodiff as ad
from nn import activations
from nn.arguments import count, function, one
from nn.plots.canvas import axes, blend, colour, grid, ink, interval, matplotlib, paper
from nn.typing import ArrayLike, Function

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def activation(activation: str | Function, x_range: tuple[float, float] = (-5, 5), ax: Axes | None = None) -> Axes:
    """The Axes with an activation g(z), solid, and its derivative g′(z), dashed, which a tape computed.

    activation: a name that layers know, or any elementwise function of an array. A further activation on the same axes gets the
    next colours. Raises ValueError for unknown names, and for functions that are not elementwise, such as softmax.

    >>> import nn
    >>> ax = nn.plots.activation("tanh")
    >>> [line.get_label() for line in ax.lines]
    ['tanh(z)', 'tanh′(z)']
    >>> float(ax.lines[1].get_ydata().max())  # tanh′(0) = 1
    1.0
    """
    g = activations.get(activation)
    name = getattr(g, "__name__", type(g).__name__).replace("<lambda>", "g")
    z = ad.Variable(np.linspace(*interval("x_range", x_range), 801))
    with ad.Tape() as tape:
        y = g(z)
    numbers = ad.to_numpy(y)
    if numbers.shape != z.shape or not np.allclose(ad.to_numpy(g(z.numpy()[::2])), numbers[::2], equal_nan=True):
        raise ValueError(f"{name} is not elementwise, so that there is no one derivative to draw beside it.")
    if not isinstance(y, (ad.Tensor, ad.Variable)):
        raise ValueError(f"{name} gives a {type(y).__name__}, which no tape has followed, so that its derivative is not known.")
    slope = ad.to_numpy(tape.gradient(y, z, unconnected_gradients="zero"))
    ax = axes(ax)
    k = sum(not str(line.get_label()).startswith("_") for line in ax.lines)
    ax.plot(z.numpy(), numbers, color=colour(k), linewidth=2.2, label=f"{name}(z)")
    ax.plot(z.numpy(), slope, "--", color=colour(k + 1), linewidth=1.8, label=f"{name}′(z)")
    ax.set(xlabel="z")
    ax.margins(x=0)
    grid(ax)
    ax.legend()
    return ax


def loss_surface(loss: Function, x_range: tuple[float, float], y_range: tuple[float, float],
                 paths: Mapping[str, ArrayLike] | None = None, ax: Axes | None = None, levels: int | ArrayLike = 24,
                 log: bool = False, resolution: int = 160) -> Axes:  # fmt: skip
    """The Axes with the contours of a loss of two numbers, loss(x, y), and paths over them: a ring at the start of each, a dot
    at its end.

    loss is called with two arrays, or point by point if it can't take them. paths: {name: (k, 2) points}, as of optimizers; a
    part outside the ranges is cut off. levels: the number of contours, or their heights. log: the contours approach the lowest
    point by a constant factor, which suits narrow valleys. Raises ValueError for bad ranges or paths, or a loss that is nowhere
    finite.

    >>> import nn
    >>> ax = nn.plots.loss_surface(lambda x, y: x**2 + 4 * y**2, (-2, 2), (-1, 1), {"descent": [(2, 1), (1, 0.2), (0, 0)]})
    >>> ax.get_legend().get_texts()[0].get_text()
    'descent'
    """
    function("loss", loss, "a function of two numbers")
    count("resolution", resolution, 2)
    bounds = interval("x_range", x_range), interval("y_range", y_range)
    routes = {name: _route(name, path) for name, path in one("paths", paths or {}, "{name: points}", Mapping).items()}
    x, y = (np.linspace(*bound, resolution) for bound in bounds)
    heights = np.ma.masked_invalid(_heights(loss, *np.meshgrid(x, y)))
    if heights.mask.all():
        raise ValueError("The loss is NaN or infinite everywhere in these ranges.")
    ax = axes(ax)
    steps = _steps(heights, levels, log)
    bands = blend(ax, "#5B7FA6", np.linspace(0.62, 0.06, len(steps) - 1))  # darker is lower
    ax.contourf(x, y, heights, steps, colors=bands, extend="neither", zorder=0)
    ax.contour(x, y, heights, steps, colors=[ink(ax)], linewidths=0.5, alpha=0.3, zorder=1)
    for k, (name, route) in enumerate(routes.items()):
        _draw_route(ax, name, route, colour(k + 1))
    ax.set(xlim=bounds[0], ylim=bounds[1])
    if routes:
        ax.legend(framealpha=0.9)
    return ax


def _draw_route(ax: Axes, name: str, route: np.ndarray, shade: Any) -> None:
    halo = [matplotlib("patheffects").withStroke(linewidth=3.6, foreground=paper(ax))]
    ax.plot(*route.T, color=shade, linewidth=1.8, label=name, path_effects=halo, zorder=3)
    if len(route) <= 80:  # few enough to show each step
        ax.plot(*route.T, ".", color=shade, markersize=6, zorder=3)
    ax.plot(*route[0], "o", markersize=8, markerfacecolor="none", markeredgewidth=1.6, color=ink(ax), zorder=4)
    ax.plot(*route[-1], "o", markersize=8, color=shade, markeredgecolor=paper(ax), zorder=5)


def _heights(loss: Function, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """loss(x, y) at each point of the plane."""
    with np.errstate(all="ignore"):
        try:
            heights = ad.to_numpy(loss(x, y), float)
        except (TypeError, ValueError, IndexError):
            heights = None
        if heights is None or heights.shape != x.shape:
            each = [loss(a, b) for a, b in zip(x.ravel().tolist(), y.ravel().tolist())]
            heights = np.reshape([float(ad.to_numpy(height)) for height in each], x.shape)
    return heights


def _steps(heights: np.ndarray, levels: Any, log: bool) -> np.ndarray:
    """The heights of the contours, from the lowest point to the highest."""
    if np.ndim(levels):
        return np.unique(np.asarray(levels, float))
    low, high = float(heights.min()), float(heights.max())
    span = (high - low) or 1.0
    if log:
        return low + span * np.array([0.0, *np.geomspace(1e-5, 1.0, levels)])
    return np.linspace(low, low + span, levels + 1)


def _route(name: str, path: ArrayLike) -> np.ndarray:
    """A path as finite points (k, 2)."""
    points = ad.to_numpy(path, float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"A path is points of two numbers, (k, 2), but {name!r} has shape {points.shape}.")
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise ValueError(f"The path {name!r} has no finite point.")
    return points
