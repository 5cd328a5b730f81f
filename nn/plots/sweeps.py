"""Trainings that differ in the learning rate, or in other parameters."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nn import lookup
from nn.arguments import brief, items
from nn.plots.canvas import axes, colours, grid, ink, legend_above, matplotlib
from nn.plots.curves import curve, grows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curves: TypeAlias = dict[str, dict[float, list[float]]]  # {other parameters: {parameter: results of the seeds}}

OFF_SCALE = 1e12  # a result this many times the median is drawn as one that diverges
WIDE = 10.0  # numbers from 1 to this have a logarithmic scale


def learning_rates(histories: Mapping[float, Any] | Sequence[Mapping[str, Any]], ax: Axes | None = None) -> Axes:
    """The Axes with the losses of trainings that differ in the learning rate, a dot at the end of each.

    histories: {rate: what `fit` returned, or a list of losses}, as `nn.tuning.learning_rate_sweep` returns it. A curve
    diverges where it becomes infinite or NaN, or climbs above 10 times the median of the first losses: it is cut there and
    marked ×. The scale is logarithmic if all losses are positive. The rate with the lowest last loss is drawn thicker.
    Or the table of `nn.tuning.sweep`, which `nn.plots.sweep` draws. Raises ValueError for no histories.

    >>> import nn
    >>> ax = nn.plots.learning_rates({0.1: [1.0, 0.5], 1.0: [1.0, 40.0, float("inf")]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0.1: 0.5', '1: diverges']
    """
    if isinstance(histories, list) and histories and isinstance(histories[0], Mapping):
        return sweep(histories, ax=ax)
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
    return curve(history)


def _end(losses: np.ndarray, ceiling: float) -> int:
    """How many of the losses there are before they diverge."""
    bad = ~(np.isfinite(losses) & (np.abs(losses) <= ceiling))
    return int(np.argmax(bad)) if bad.any() else len(losses)


# -- tables ----------------------------------------------------------------------------------------------------------


def sweep(table: Iterable[Mapping[str, Any]], parameter: str = "learning_rate", result: str | None = None,
          ax: Axes | None = None) -> Axes:  # fmt: skip
    """The Axes with the results of a sweep by a parameter: the median of the seeds, in a band from the least to the most.

    table: rows as `nn.tuning.sweep` returns them. Each configuration of the other parameters has a curve. result: the name of a
    loss or metric; by default val_loss, or else loss. The trainings that diverge or fail are counted at an × at the top. They
    count as the worst: where they are half of the seeds, there is no median. A ring marks the best median. A scale is
    logarithmic if its numbers are positive and range over a factor of 10. Raises ValueError for a table without rows, and for
    a parameter or a result that is no number.

    >>> import nn
    >>> rows = [{"learning_rate": rate, "seed": seed, "loss": rate + seed} for rate in (0.1, 1.0) for seed in (0, 1, 2)]
    >>> ax = nn.plots.sweep(rows)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['median of 3 seeds', 'best: 1.1 at 0.1']
    """
    rows = items("A table", table, "a list of rows, as nn.tuning.sweep returns it", Mapping)
    if not rows or not all("seed" in row for row in rows):
        raise ValueError(f"A table has rows, each with a seed, as nn.tuning.sweep returns it, but got {brief(rows)}.")
    parameters = list(dict.fromkeys(name for row in rows for name in takewhile("seed".__ne__, row)))
    results = list(dict.fromkeys(name for row in rows for name in row if name not in (*parameters, "seed", "error")))
    parameter = lookup.one_of("parameter", parameter, parameters)
    result = lookup.one_of("result", result or ("val_loss" if "val_loss" in results else "loss"), results)
    varied = [name for name in parameters if name != parameter and len({repr(row.get(name)) for row in rows}) > 1]
    curves: Curves = {}
    for row in rows:
        of = ", ".join(f"{_words(name)} {_brief_number(row[name])}" for name in varied if name in row)
        at = _number(parameter, row.get(parameter))
        curves.setdefault(of, {}).setdefault(at, []).append(_number(result, row.get(result, math.nan)))
    every = np.array([x for points in curves.values() for several in points.values() for x in several])
    kept = every[np.isfinite(every)]
    limit = OFF_SCALE * float(np.median(np.abs(kept))) if kept.size else 0.0
    seeds = max(len(several) for points in curves.values() for several in points.values())
    what = f"median of {seeds} seeds" if seeds > 1 else result
    drawn = axes(ax)
    _draw_medians(drawn, curves, limit, what, grows(result.removeprefix("val_")))
    _scale(drawn, sorted({at for points in curves.values() for at in points}), kept[np.abs(kept) <= limit])
    _count_lost(drawn, curves, limit)
    drawn.set(xlabel=_words(parameter), ylabel=result)
    grid(drawn)
    legend_above(drawn, drawn.lines, what if len(curves) > 1 else None)
    return drawn


def _words(name: str) -> str:
    return name.replace("_", " ")


def _brief_number(x: Any) -> str:
    return f"{x:.3g}" if isinstance(x, float) else str(x)


def _number(name: str, x: Any) -> float:
    if not isinstance(x, numbers.Real):
        raise ValueError(f"A sweep is drawn by numbers, but {name} is {brief(x)} in a row.")
    return float(x)


def _draw_medians(ax: Any, curves: Curves, limit: float, what: str, larger: bool) -> None:
    """A curve and its band for each configuration of the other parameters, and a ring at the best median."""
    best, worst = (max, -math.inf) if larger else (min, math.inf)
    medians = []
    for shade, (name, points) in zip(colours(len(curves), ordered=True), curves.items()):
        across = sorted(points)
        low, middle, high = np.array([_spread(points[at], limit, worst) for at in across]).T
        ax.plot(across, middle, "o-", color=shade, markersize=4, linewidth=1.8, label=name or what)
        ax.fill_between(across, low, high, color=shade, alpha=0.18, linewidth=0)
        medians += [(y, at) for at, y in zip(across, middle) if np.isfinite(y)]
    if medians:
        y, at = best(medians)
        ax.plot([at], [y], "o", markersize=9, markerfacecolor="none", color=ink(ax), label=f"best: {y:.4g} at {at:.4g}")


def _spread(several: Sequence[float], limit: float, worst: float) -> tuple[float, float, float]:
    """The least, the median and the most. What is beyond the limit counts as the worst; NaN where that is the median."""
    kept = [x for x in several if abs(x) <= limit]
    middle = float(np.median([*kept, *[worst] * (len(several) - len(kept))]))
    return (min(kept), middle, max(kept)) if math.isfinite(middle) else (math.nan,) * 3


def _scale(ax: Any, across: Sequence[float], up: np.ndarray) -> None:
    for axis, several in (("x", across), ("y", up)):
        if len(several) and 0 < min(several) * WIDE <= max(several):
            ax.set(**{f"{axis}scale": "log"})
    if ax.get_xscale() == "log" and max(across) < 100 * min(across):  # too few powers of ten for ticks
        ax.set_xticks(across, [f"{at:.3g}" for at in across])
        ax.set_xticks([], minor=True)
    elif ax.get_xscale() == "linear" and all(at.is_integer() for at in across):
        ax.xaxis.get_major_locator().set_params(integer=True)


def _count_lost(ax: Any, curves: Curves, limit: float) -> None:
    """An × for each value of the parameter at which trainings diverge or fail, above the curves."""
    tried: dict[float, list[float]] = {}
    for points in curves.values():
        for at, several in points.items():
            tried.setdefault(at, []).extend(several)
    lost = {at: n for at, several in tried.items() if (n := sum(not abs(x) <= limit for x in several))}
    if lost:
        top = ax.get_ylim()[1]
        ax.plot(list(lost), [top] * len(lost), "X", color=ink(ax), markersize=7, label="diverges or fails")
        for at, n in lost.items():
            text = f"{n} of {len(tried[at])}"
            ax.annotate(text, (at, top), (0, 6), textcoords="offset points", ha="center", fontsize="x-small")
