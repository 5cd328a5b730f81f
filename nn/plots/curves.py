"""Curves of training: losses and metrics of the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autodiff as ad
from nn import lookup, metrics
from nn.arguments import brief, items
from nn.plots.canvas import axes, colour, grid, ink, legend_above
from nn.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def history(history: Any, names: str | Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """The Axes with the curves of a fit: training dashed, validation solid, and a ring at the best epoch.

    history: what `fit` returned, or {name: numbers}. names: which losses and metrics; "loss" also stands for "val_loss", if
    that is there. By default all but the learning rate. Losses have the left scale, and metrics beside them the right one,
    which ends at 1 for accuracies and other metrics that are 1 at most.
    The best epoch is that of the least val_loss, or else of the best number in the first curve. Raises ValueError for unknown
    names.

    >>> import nn
    >>> ax = nn.plots.history({"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.5, 2.7]})
    >>> [line.get_label() for line in ax.lines]
    ['loss', 'val_loss', 'best: 2.5 at epoch 1']
    """
    curves = _curves(history)
    names = _chosen(curves, names)
    left = axes(ax)
    bases = list(dict.fromkeys(_base(name) for name in names))
    losses = [base for base in bases if base.endswith("loss")] or bases
    right: Any = left.twinx() if len(losses) < len(bases) else None
    for name in names:
        base = _base(name)
        solid = name != base or f"val_{base}" not in names
        (left if base in losses else right).plot(
            *curves[name], "-" if solid else "--", color=colour(bases.index(base)), label=name, linewidth=1.8,
            marker="." if len(curves[name][1]) == 1 else "",
        )  # fmt: skip
    _mark_best(left if names[0].removeprefix("val_") in losses else right, curves, names)
    others = [base for base in bases if base not in losses]
    _label(left, right, losses, others)
    ax, drawn, side = (left, losses, "left") if right is None else (right, others, "right")
    if all(map(grows, drawn)) and all(np.nanmax([*curves[name][1], 0.0]) <= 1 for name in names if _base(name) in drawn):
        _end_at_one(ax, side)
    return left


def _label(left: Any, right: Any, losses: list[str], others: list[str]) -> None:
    left.set(xlabel="epoch", ylabel=losses[0] if len(losses) == 1 else "loss" if losses[0].endswith("loss") else "metric")
    left.xaxis.get_major_locator().set_params(integer=True)
    grid(left)
    if right is None:
        left.legend()
        return
    right.set(ylabel=others[0] if len(others) == 1 else "metric")
    right.spines["top"].set_visible(False)
    legend_above(right, [line for axis in (left, right) for line in axis.lines], beside=[left])


def _end_at_one(ax: Any, side: str) -> None:
    """The axis of a metric that is 1 at most ends there; what is above it is room for the legend."""
    low, high = ax.get_ylim()
    ax.set_yticks([tick for tick in ax.get_yticks() if low <= tick <= 1 + 1e-9])
    ax.spines[side].set_bounds(low, min(high, 1.0))


def _curves(history: Any) -> dict[str, tuple[Sequence[int], np.ndarray]]:
    """{name: (epochs, numbers)}."""
    known = getattr(history, "history", history)
    if not isinstance(known, dict) or not known:
        raise ValueError(f"A history is what fit returned, or {{name: numbers}}, and not empty, but got {brief(history)}.")
    epochs = getattr(history, "epochs", {})
    curves = {name: curve(numbers) for name, numbers in known.items()}
    return {name: (epochs.get(name, range(len(numbers))), numbers) for name, numbers in curves.items()}


def curve(numbers: ArrayLike) -> np.ndarray:
    """The numbers of a curve as an array of shape (n,), which is not empty."""
    numbers = ad.to_numpy(numbers, float)
    if numbers.ndim != 1 or not numbers.size:
        raise ValueError(f"A curve is a list of numbers, but got an array of shape {numbers.shape}.")
    return numbers


def _chosen(curves: dict[str, Any], names: str | Sequence[str] | None) -> list[str]:
    """The names of the curves to draw, losses first."""
    if names is None:
        names = [name for name in curves if name != "learning_rate"] or list(curves)
    names = [lookup.one_of("curve", name, curves) for name in ([names] if isinstance(names, str) else items("names", names))]
    if not names:
        raise ValueError(f"No names of curves were given; there are {', '.join(curves)}.")
    with_val = [twin for name in names for twin in (name, f"val_{name}") if twin in curves]
    return sorted(dict.fromkeys(with_val), key=lambda name: not name.endswith("loss"))


def _mark_best(ax: Any, curves: dict[str, tuple[Sequence[int], np.ndarray]], names: list[str]) -> None:
    name = f"val_{names[0]}" if f"val_{names[0]}" in names else names[0]
    epochs, numbers = curves[name]
    if np.isnan(numbers).all():
        return
    base = _base(name)
    k = int(np.nanargmax(numbers) if grows(base) else np.nanargmin(numbers))
    label = f"best: {numbers[k]:.4g} at epoch {epochs[k]}"
    ax.plot([epochs[k]], [numbers[k]], "o", markersize=9, markerfacecolor="none", color=ink(ax), label=label)


def _base(name: str) -> str:
    return name.removeprefix("val_")


def grows(name: str) -> bool:
    """Whether larger numbers of the metric of this name are better, up to 1. So it is of all such metrics of nn."""
    known = not name.endswith("loss") and name in metrics.NAMES and getattr(metrics.get(name), "better", "min") == "max"
    return known or name.endswith("accuracy")
