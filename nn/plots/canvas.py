"""What all pictures share: axes, colours, and matplotlib, which is imported when the first picture is drawn."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nn.arguments import brief
from nn.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Three of Okabe and Ito's colours (https://jfly.uni-koeln.de/color), and three more that the colour-blind can tell from them.
# The contrast of each is 3 : 1 at least, on white and on black.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#9772FE", "#964B31", "#68556D")


def matplotlib(module: str = "pyplot") -> Any:
    """A module of matplotlib. Raises ImportError, with what to install, if it is not there."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("Pictures of training need matplotlib: pip install matplotlib.") from error


def axes(ax: Axes | None, **figure: Any) -> Any:
    """The axes to draw on: the given ones, or those of a new figure. Their frame has no top and no right side."""
    if ax is None:
        ax = matplotlib().subplots(layout="constrained", **figure)[1]
    elif not hasattr(ax, "transData"):
        what = f"an array of {ax.size} of them; choose one, as in axes.flat[0]" if isinstance(ax, np.ndarray) else brief(ax)
        raise TypeError(f"ax is one matplotlib Axes, or None for a new one, but got {what}.")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def grid(ax: Axes, axis: Literal["both", "x", "y"] = "both") -> None:
    ax.grid(True, axis=axis, alpha=0.25, linewidth=0.6)


def legend_above(ax: Any, lines: Sequence[Any], title: str | None = None, beside: Sequence[Any] = ()) -> None:
    """A legend of these lines above the data. These axes, and those beside them, get more room at the top for it."""
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


def colour(k: int) -> str:
    """The k-th colour of the palette; after the last the first comes again."""
    return PALETTE[k % len(PALETTE)]


def colours(n: int, ordered: bool = False) -> list[Any]:
    """n colours: of the palette if it has that many. Otherwise, if `ordered`, steps from blue to yellow green, and else
    matplotlib's twenty, which repeat."""
    if n <= len(PALETTE):
        return list(PALETTE[:n])
    if ordered:
        return [tuple(c) for c in matplotlib("cm").viridis(np.linspace(0.25, 0.85, n))]
    return [matplotlib("cm").tab20(2 * k % 20 + k // 10 % 2) for k in range(n)]


def ink(ax: Axes) -> Any:
    """The colour of the axes' labels, which stands out on them."""
    return ax.xaxis.label.get_color()


def paper(ax: Axes) -> np.ndarray:
    """The colour behind the data, as three numbers."""
    return np.array(matplotlib("colors").to_rgb(ax.get_facecolor()))


def blend(ax: Axes, color: Any, share: ArrayLike) -> np.ndarray:
    """The colours from the background (share 0) to `color` (share 1), with three numbers along the last axis."""
    share = np.asarray(share, float)[..., None]
    return paper(ax) * (1 - share) + np.array(matplotlib("colors").to_rgb(color)) * share


def interval(name: str, bounds: ArrayLike) -> tuple[float, float]:
    """(low, high) as floats. Raises ValueError unless they are finite and low < high."""
    numbers = np.asarray(bounds, float)
    if numbers.shape != (2,) or not np.isfinite(numbers).all() or not numbers[0] < numbers[1]:
        raise ValueError(f"{name} is (low, high) with low < high, but got {brief(bounds)}.")
    return float(numbers[0]), float(numbers[1])
