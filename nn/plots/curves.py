"""Curves of training: losses and metrics of the epochs, at one learning rate or several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autodiff as ad
from nn import lookup, metrics
from nn.arguments import brief, items
from nn.plots.canvas import axes, colour, grid, ink, legend_above, matplotlib
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
    if all(map(_grows, drawn)) and all(np.nanmax([*curves[name][1], 0.0]) <= 1 for name in names if _base(name) in drawn):
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
    curves = {name: _numbers(numbers) for name, numbers in known.items()}
    return {name: (epochs.get(name, range(len(numbers))), numbers) for name, numbers in curves.items()}


def _numbers(numbers: ArrayLike) -> np.ndarray:
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
    k = int(np.nanargmax(numbers) if _grows(base) else np.nanargmin(numbers))
    label = f"best: {numbers[k]:.4g} at epoch {epochs[k]}"
    ax.plot([epochs[k]], [numbers[k]], "o", markersize=9, markerfacecolor="none", color=ink(ax), label=label)


def _base(name: str) -> str:
    return name.removeprefix("val_")


def _grows(name: str) -> bool:
    """Whether larger numbers of the metric of this name are better, up to 1. So it is of all such metrics of nn."""
    known = not name.endswith("loss") and name in metrics.NAMES and getattr(metrics.get(name), "better", "min") == "max"
    return known or name.endswith("accuracy")


# -- learning rates --------------------------------------------------------------------------------------------------


def learning_rates(histories: Mapping[float, Any], ax: Axes | None = None) -> Axes:
    """The Axes with the losses of trainings that differ in the learning rate, a dot at the end of each.

    histories: {rate: what `fit` returned, or a list of losses}, as `nn.tuning.learning_rate_sweep` returns it. A curve
    diverges where it becomes infinite or NaN, or climbs above 10 times the median of the first losses: it is cut there and
    marked ×. The scale is logarithmic if all losses are positive. The rate with the lowest last loss is drawn thicker.
    Raises ValueError for no histories.

    >>> import nn
    >>> ax = nn.plots.learning_rates({0.1: [1.0, 0.5], 1.0: [1.0, 40.0, float("inf")]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0.1: 0.5', '1: diverges']
    """
    if not isinstance(histories, dict) or not histories:
        raise ValueError(f"Histories are {{rate: History or list of losses}}, and not empty, but got {brief(histories)}.")
    drawn = axes(ax)
    curves = {float(rate): _losses(histories[rate]) for rate in sorted(histories, key=float)}
    begins = [losses[0] for losses in curves.values() if np.isfinite(losses[0])]
    ceiling = 10 * float(np.median(np.abs(begins))) if begins else math.inf
    kept = {rate: losses[: _end(losses, ceiling)] for rate, losses in curves.items()}
    ends = {rate: losses[-1] for rate, losses in kept.items() if len(losses) == len(curves[rate])}
    shades = matplotlib("cm").viridis(np.linspace(0.25, 0.85, len(curves)))
    for shade, (rate, losses) in zip(shades, kept.items()):
        best = rate in ends and ends[rate] == min(ends.values())
        what = f"{ends[rate]:.3g}" + (" (lowest)" if best and len(ends) > 1 else "") if rate in ends else "diverges"
        drawn.plot(range(len(losses)), losses, color=shade, linewidth=2.8 if best else 1.5, label=f"{rate:.3g}: {what}")
        if len(losses):
            drawn.plot([len(losses) - 1], losses[-1:], "o" if rate in ends else "X", color=shade, markersize=8)
    if all((losses > 0).all() for losses in kept.values()):
        drawn.set_yscale("log")
    drawn.set(xlabel="epoch", ylabel="loss")
    drawn.xaxis.get_major_locator().set_params(integer=True)
    grid(drawn)
    legend_above(drawn, [line for line in drawn.lines if not line.get_label().startswith("_")], "learning rate: final loss")
    return drawn


def _losses(history: Any) -> np.ndarray:
    """The losses in a History, a dict or a list."""
    history = getattr(history, "history", history)
    if isinstance(history, dict):
        history = history[lookup.one_of("curve", "loss", history)]
    return _numbers(history)


def _end(losses: np.ndarray, ceiling: float) -> int:
    """How many of the losses there are before they diverge."""
    bad = ~(np.isfinite(losses) & (np.abs(losses) <= ceiling))
    return int(np.argmax(bad)) if bad.any() else len(losses)
