"""Small images side by side: digits, filters, weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import autodiff as ad
from nn.arguments import count, function
from nn.plots.canvas import axes
from nn.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def image_grid(images: ArrayLike, titles: Sequence[Any] | None = None, columns: int | None = None, ax: Axes | None = None,
               cmap: Any = None) -> Axes:  # fmt: skip
    """The Axes with images (n, h, w), (n, h, w, 1) or, in colours, (n, h, w, 3) or (n, h, w, 4), in rows of `columns`. Square
    images may also be given as rows (n, h h).

    All images have one scale: gray from the least number to the greatest or, if there are negative numbers, red to blue with
    white at 0. cmap: another colour map. Colours are numbers from 0 to 1, or whole numbers from 0 to 255. Other ones, such as
    weights, are scaled so that they go from 0, the least, to 1, the greatest. titles: one for each image. Raises ValueError for
    other shapes or another number of titles.

    >>> import numpy as np, nn
    >>> nn.plots.image_grid(np.zeros((6, 8, 8)), titles="abcdef", columns=3).texts[-1].get_text()
    'f'
    """
    images = _images(images)
    if cmap is not None and not isinstance(cmap, str):
        function("cmap", cmap, "the name of a colour map, or one of matplotlib's")
    n, h, w = images.shape[:3]
    if titles is not None and len(titles) != n:
        raise ValueError(f"There are {n} images, but {len(titles)} titles.")
    columns = min(n, math.ceil(math.sqrt(2 * n))) if columns is None else count("columns", columns)
    rows = -(-n // columns)
    gap = max(1, round(0.08 * w))
    head = gap if titles is None else max(1, round(0.34 * h))
    sheet = np.full((rows * (h + head), columns * (w + gap) - gap, *images.shape[3:]), np.nan)
    ax = axes(ax, figsize=(0.9 * columns + 0.2, 0.9 * rows * (h + head) / (w + gap) + 0.2))
    for k, image in enumerate(images):
        top, left = (k // columns) * (h + head) + head, (k % columns) * (w + gap)
        sheet[top : top + h, left : left + w] = image
        if titles is not None:
            ax.text(left + w / 2 - 0.5, top - 0.7, str(titles[k]), ha="center", va="bottom", fontsize="small")
    if sheet.ndim == 3:
        opaque = [] if sheet.shape[2] == 4 else [~np.isnan(sheet).any(axis=2)]  # where there is an image
        sheet = np.dstack([np.nan_to_num(sheet), *opaque])
    low, high = np.nanmin(images), np.nanmax(images)
    if low < 0:
        cmap, high = cmap or "RdBu", max(-low, high)
        low = -high
    ax.imshow(np.ma.masked_invalid(sheet), cmap=cmap or "gray", vmin=low, vmax=high, interpolation="nearest")
    ax.set_axis_off()
    return ax


def _images(images: ArrayLike) -> np.ndarray:
    """The images as an array (n, h, w), or colours from 0 to 1 as (n, h, w, 3) or (n, h, w, 4)."""
    given = ad.to_numpy(images)
    images = ad.to_numpy(given, float)
    if images.ndim == 2 and (side := math.isqrt(images.shape[1])) ** 2 == images.shape[1]:
        images = images.reshape(-1, side, side)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if not images.size or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (3, 4)):
        raise ValueError(f"Images have the shape (n, h, w) or (n, h, w, 3), or (n, h h) if square, but got {images.shape}.")
    return images if images.ndim == 3 else _colours(images, given.dtype == np.uint8)


def _colours(images: np.ndarray, are_bytes: bool) -> np.ndarray:
    """Colours as numbers from 0 to 1."""
    known = images[np.isfinite(images)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    if low >= 0 and high <= 255 and (are_bytes or (high > 1 and np.array_equal(known, np.round(known)))):
        return images / 255
    return images if low >= 0 and high <= 1 else (images - low) / (high - low or 1)
