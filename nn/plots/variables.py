"""Weights and gradients: how large they are and how they are distributed, one row for each variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import autodiff as ad
from nn.arguments import count
from nn.layers.base import Layer
from nn.layers.tree import VARIABLE, walk
from nn.plots.canvas import axes, colour, colours, grid, ink, legend_above
from nn.settings import training
from nn.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def gradient_flow(gradients_or_model: Any, variables: Any = None, ax: Axes | None = None, x: ArrayLike | None = None,
                  y: ArrayLike | None = None) -> Axes:  # fmt: skip
    """The Axes with the mean and the largest absolute gradient of each variable, on a logarithmic scale, the first on top.

    Give gradients as {name: gradient}, or as a list together with their variables: a list of Variables or names, or the model
    that they are the trainable variables of. Or give a compiled model and a batch x, y, for the gradients of its loss there.
    Gradients that are None, all 0, or not finite are not on the scale; their rows say so. Raises ValueError for lists of
    different lengths.

    >>> import numpy as np, nn
    >>> ax = nn.plots.gradient_flow({"first": np.array([0.1, -0.3]), "second": np.array([[1.0]]), "frozen": None})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['first', 'second', 'frozen']
    """
    rows = _gradients(gradients_or_model, variables, x, y)
    ax = axes(ax, figsize=(6.4, 1.2 + 0.34 * max(len(rows), 4)))
    sizes = {name: None if g is None else np.abs(ad.to_numpy(g, float)) for name, g in rows.items()}
    shown = [(k, s.mean(), s.max()) for k, s in enumerate(sizes.values()) if s is not None and np.isfinite(s).all() and s.any()]
    places, means, largest = np.array(shown).reshape(-1, 3).T
    ax.hlines(places, means, largest, color=ink(ax), alpha=0.35, linewidth=2)
    lines = [
        *ax.plot(means, places, "o", color=colour(0), markersize=7, label="mean |gradient|"),
        *ax.plot(largest, places, "D", color=colour(1), markersize=6, label="max |gradient|"),
    ]
    ax.set_xscale("log")
    if shown:
        ax.set_xlim(0.8 * 10.0 ** np.floor(np.log10(means.min())), 1.25 * 10.0 ** np.ceil(np.log10(largest.max())))
    for k, s in enumerate(sizes.values()):
        if k not in places:
            what = "None: not connected" if s is None else "0 everywhere" if not s.any() else "NaN or infinite"
            ax.text(0.02, k, what, transform=ax.get_yaxis_transform(), va="center", color=colour(1), style="italic")
    _name_rows(ax, rows)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set(xlabel="absolute gradient")
    legend_above(ax, lines)
    return ax


def histograms(arrays: Any, ax: Axes | None = None, bins: int = 50) -> Axes:
    """The Axes with a histogram of each array, in rows, over common bins. The fullest bin of each row has the full height.

    arrays: {name: array}, a list of arrays or of Variables, which have names, or a model, whose trainable variables are drawn.
    Numbers that are not finite are counted beside the name. Raises ValueError if there is no finite number at all.

    >>> import numpy as np, nn
    >>> ax = nn.plots.histograms({"kernel": np.array([0.0, 0.1, 0.1, 1.0]), "bias": np.zeros(3)}, bins=10)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['kernel', 'bias']
    """
    count("bins", bins)
    rows = {name: ad.to_numpy(a, float).ravel() for name, a in _named(arrays).items()}
    finite = {name: a[np.isfinite(a)] for name, a in rows.items()}
    everything = np.concatenate([*finite.values(), []])
    if not everything.size:
        raise ValueError(f"There are no finite numbers to count in {', '.join(rows) or 'nothing'}.")
    edges = np.histogram_bin_edges(everything, bins)
    ax = axes(ax, figsize=(6.4, 1.2 + 0.5 * max(len(rows), 4)))
    for k, (shade, a) in enumerate(zip(colours(len(rows), ordered=True), finite.values())):
        counts = np.histogram(a, edges)[0]
        base = len(rows) - 1 - k
        ax.stairs(base + 0.85 * counts / max(counts.max(), 1), edges, baseline=base, fill=True, color=shade, alpha=0.85)
        ax.axhline(base, color=ink(ax), linewidth=0.5, alpha=0.4)
    lost = {name: a.size - finite[name].size for name, a in rows.items()}
    names = [f"{name} ({n} not finite)" if n else name for name, n in lost.items()]
    _name_rows(ax, names, np.arange(len(rows) - 1, -1, -1) + 0.3)
    ax.set_ylim(-0.1, len(rows))
    return ax


def _name_rows(ax: Axes, names: Any, places: Any = None) -> None:
    ax.set_yticks(list(range(len(names)) if places is None else places), list(names))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    grid(ax, "x")


def _gradients(given: Any, variables: Any, x: ArrayLike | None, y: ArrayLike | None) -> dict[str, Any]:
    """{name: gradient}."""
    if isinstance(given, Layer):
        if x is None or y is None:
            raise ValueError("A model has gradients at a batch: give it as x= and y=, or give the gradients themselves.")
        variables, given = given, _at_batch(given, x, y)
    if isinstance(given, dict):
        return dict(given)
    gradients = list(given) if isinstance(given, (list, tuple)) else [given]
    names = list(_named(range(len(gradients)) if variables is None else variables))
    if len(names) != len(gradients):
        raise ValueError(f"There are {len(gradients)} gradients, but {len(names)} variables.")
    return dict(zip(names, gradients))


def _at_batch(model: Any, x: ArrayLike, y: ArrayLike) -> Any:
    """The gradients of a model's loss at a batch, in training."""
    with ad.Tape() as tape, training():
        loss = model.compute_loss(ad.to_numpy(x), y)
    return tape.gradient(loss, model.trainable_variables)


def _named(things: Any) -> dict[str, Any]:
    """{name: thing}: a model's trainable variables, or what is in a dict or list, by their names or else numbers."""
    if isinstance(things, Layer):
        found = [(path, v) for path, v in walk(things, VARIABLE) if v.trainable]
    elif isinstance(things, dict):
        return dict(things)
    else:
        things = things if isinstance(things, (list, tuple, range)) else [things]
        found = [(thing if isinstance(thing, str) else f"{k}", thing) for k, thing in enumerate(things)]
    names = [getattr(thing, "name", None) or path for path, thing in found]
    twice = {name for name in names if names.count(name) > 1}
    paths = [path.replace(".", "/") if isinstance(things, Layer) else f"{name}#{path}" for name, (path, _) in zip(names, found)]
    return {path if name in twice else name: thing for name, path, (_, thing) in zip(names, paths, found)}
