"""What all pictures share: axes, colours, and matplotlib itself, which is imported when the first of them is drawn."""

import importlib

import numpy as np

# Okabe and Ito's colours (https://jfly.uni-koeln.de/color), without the palest: on white and on black each stands out 3 : 1.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#C663A0", "#8C7A00", "#808080")


def matplotlib(module="pyplot"):
    """A module of matplotlib. ImportError, with what to install, if there is none."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("Pictures of training need matplotlib: pip install 'autodiff-tape[plot]'.") from error


def axes(ax, **figure):
    """The axes to draw on, with a quiet frame: the given ones, or those of a new figure."""
    if ax is None:
        ax = matplotlib().subplots(layout="constrained", **figure)[1]
    elif not hasattr(ax, "transData"):
        what = f"an array of {ax.size} of them; choose one, as in axes.flat[0]" if isinstance(ax, np.ndarray) else repr(ax)
        raise TypeError(f"ax is one matplotlib Axes, or None for a new one, but got {what}.")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def grid(ax, axis="both"):
    ax.grid(True, axis=axis, alpha=0.25, linewidth=0.6)


def legend(ax, lines):
    """A legend of these lines, of several axes in one place, where it hides the fewest of their points."""
    height = min(0.06 * len(lines) + 0.04, 1.0)
    hidden = {}
    for x, side in ((0.0, "left"), (0.5, "right")):
        for y, level in ((1 - height, "upper"), (0.5 - height / 2, "center"), (0.0, "lower")):
            points = [ax.transAxes.inverted().transform(line.get_transform().transform(line.get_xydata())) for line in lines]
            inside = [(x <= p[:, 0]) & (p[:, 0] <= x + 0.5) & (y <= p[:, 1]) & (p[:, 1] <= y + height) for p in points]
            hidden[f"{level} {side}"] = sum(int(i.sum()) for i in inside)
    ax.legend(lines, [line.get_label() for line in lines], loc=min(hidden, key=hidden.get))


def colour(k):
    """The k-th colour, round and round."""
    return PALETTE[k % len(PALETTE)]


def colours(n):
    """n colours: of the palette if it has so many, else steps from blue to yellow green."""
    if n <= len(PALETTE):
        return list(PALETTE[:n])
    return [tuple(c) for c in matplotlib("cm").viridis(np.linspace(0.2, 0.85, n))]


def ink(ax):
    """The colour that stands out on these axes: their labels'."""
    return ax.xaxis.label.get_color()


def paper(ax):
    """The colour behind the data, as three numbers."""
    return np.array(matplotlib("colors").to_rgb(ax.get_facecolor()))


def blend(ax, color, share):
    """The colours from the paper (share 0) to `color` (share 1), in a last axis of three."""
    share = np.asarray(share, float)[..., None]
    return paper(ax) * (1 - share) + np.array(matplotlib("colors").to_rgb(color)) * share


def interval(name, bounds):
    """(low, high) as floats. ValueError for what is no interval."""
    numbers = np.asarray(bounds, float)
    if numbers.shape != (2,) or not np.isfinite(numbers).all() or not numbers[0] < numbers[1]:
        raise ValueError(f"{name} is (low, high) with low < high, but got {bounds!r}.")
    return float(numbers[0]), float(numbers[1])
