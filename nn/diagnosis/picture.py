"""A diagnosis as a picture: what flows back to each layer, how far its weights step, and the learning rates that were tried."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.arguments import brief
from nn.plots.canvas import axes, colour, grid, ink, matplotlib
from nn.plots.sweeps import learning_rates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

USUAL = (1e-4, 1e-1)  # update-to-weight ratios around 1e-3


def draw(diagnosis: Any, ax: Sequence[Axes] | None = None) -> list[Axes]:
    """Draw a Diagnosis on three Axes: see its `plot`."""
    m = diagnosis.measurements
    layers = list(m.slopes) or list(m.not_finite)
    if ax is None:
        size = (11.5, 2.0 + 0.34 * max(len(layers), 6))
        figure, ax = matplotlib().subplots(1, 3, figsize=size, layout="constrained", width_ratios=[1, 1, 1.3])
        found = [f"{each.symptom.replace('_', ' ')} ({each.where})" for each in diagnosis]
        title = textwrap.fill(", ".join(found) or "nothing is amiss", 90)
        figure.suptitle(title, fontweight="bold", color=colour(1) if found else None)
    if np.shape(ax) != (3,):
        raise TypeError(f"ax is three Axes, as pyplot.subplots(1, 3) makes them, or None for new ones, but got {brief(ax)}.")
    left, middle, right = (axes(each) for each in ax)
    marked = {found.where for found in diagnosis}
    _rows(left, layers, m.slopes, "o", marked)
    left.set(xlabel="norm of the gradient", title="what flows back to each layer")
    _rows(middle, layers, m.updates, "D", marked, USUAL)
    middle.set(xlabel="norm of a step ÷ norm of the weights", title="how far a step goes")
    middle.axvspan(*USUAL, color=colour(2), alpha=0.12, linewidth=0, zorder=0)
    middle.text(np.sqrt(np.prod(USUAL)), -0.45, "usual", color=colour(2), ha="center", va="center", fontsize="small")
    left.set_yticks(range(len(layers)), [_label(layer, m.dead) for layer in layers])
    middle.set_yticks(range(len(layers)), [""] * len(layers))
    for tick, layer in zip(left.get_yticklabels(), layers):
        if layer in marked:
            tick.set(color=colour(1), fontweight="bold")
    if m.trials:
        learning_rates(m.trials, right)
        right.set(title=f"the learning rate is {m.rate:.3g}")
    else:
        right.text(0.5, 0.5, "no rates were tried", transform=right.transAxes, ha="center", va="center", style="italic")
    right.set(xlabel="step on one batch", ylabel="loss")
    return [left, middle, right]


def _rows(ax: Any, layers: list[str], numbers: Mapping[str, float], marker: str, marked: set[str],
          within: tuple[float, ...] = ()) -> None:  # fmt: skip
    """A marker for each layer on a logarithmic scale, which holds `within`, and words for numbers that can't be there."""
    ax.set_xscale("log")
    shown = [(k, numbers[layer]) for k, layer in enumerate(layers) if 0 < numbers.get(layer, 0.0) < np.inf]
    if shown:
        ax.plot([x for _, x in shown], [k for k, _ in shown], "-", color=ink(ax), alpha=0.35, linewidth=1.5)
        low, high = min(within + tuple(x for _, x in shown)), max(within + tuple(x for _, x in shown))
        ax.set_xlim(0.6 * 10.0 ** np.floor(np.log10(low)), 1.7 * 10.0 ** np.ceil(np.log10(high)))
    for k, x in shown:
        ax.plot([x], [k], marker, color=colour(1 if layers[k] in marked else 0), markersize=7)
    for k, layer in enumerate(layers):
        if numbers.get(layer) == 0 or not np.isfinite(numbers.get(layer, 0.0)):
            words = "0" if numbers[layer] == 0 else "NaN or infinite"
            ax.text(0.02, k, words, transform=ax.get_yaxis_transform(), va="center", color=colour(1), style="italic")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    grid(ax, "x")
    ax.set_ylim(len(layers) - 0.4, -0.7)


def _label(layer: str, dead: Mapping[str, tuple[int, int]]) -> str:
    count, units = dead.get(layer, (0, 0))
    return f"{layer}\n{count} of {units} dead" if count else layer
