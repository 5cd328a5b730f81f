"""What all pictures share: axes, colours, and matplotlib itself, which is imported when the first of them is drawn."""

import importlib

import numpy as np

# Three of Okabe and Ito's colours (https://jfly.uni-koeln.de/color), and three more that stay apart from them to colour-blind
# eyes. On white and on black each stands out 3 : 1.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#9772FE", "#964B31", "#68556D")


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


def legend_above(ax, lines, title=None, beside=()):
    """A legend of these lines over the data, for which these axes, and those beside them, get room on top."""
    width, height = ax.get_window_extent().size * 72 / ax.figure.dpi
    size, columns = ("small", 2) if width > 190 else ("x-small", 1)
    letters = matplotlib("font_manager").FontProperties(size=size).get_size_in_points()
    rows = -(-len(lines) // columns) + (title is not None)
    share = min((1.5 * letters * rows + 2.5 * letters) / height, 0.6)
    for each in (ax, *beside):
        scale = each.yaxis.get_transform()
        low, high = scale.transform(np.array(each.get_ylim()))
        each.set_ylim(top=scale.inverted().transform(np.array([low + (high - low) / (1 - share)]))[0])
    names = [line.get_label() for line in lines]
    ax.legend(lines, names, loc="upper center", ncols=columns, title=title, fontsize=size, title_fontsize=size,
              columnspacing=1.2, handlelength=1.6)  # fmt: skip


def colour(k):
    """The k-th colour, round and round."""
    return PALETTE[k % len(PALETTE)]


def colours(n, ordered=False):
    """n colours: of the palette if it has so many, else if they are `ordered` steps from blue to yellow green, or matplotlib's
    twenty, round and round."""
    if n <= len(PALETTE):
        return list(PALETTE[:n])
    if ordered:
        return [tuple(c) for c in matplotlib("cm").viridis(np.linspace(0.25, 0.85, n))]
    return [matplotlib("cm").tab20(2 * k % 20 + k // 10 % 2) for k in range(n)]


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
