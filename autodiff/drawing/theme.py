"""The colours of the pictures, light and dark."""

from __future__ import annotations

from dataclasses import dataclass

from autodiff.failures.nesting import brief

FONT = "Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture. Fills are pale; the one warm colour means gradient."""

    paper: str
    ink: str
    faint: str  # captions, edge labels
    cold: str  # an edge without gradient; like all between it and `hot` it has a contrast of 3:1 with what is behind it
    hot: str  # an edge with much of it, and the gradients' figures
    cluster: str  # the ground of a frame
    frame: str  # its border
    fills: dict[str, tuple[str, str]]  # by kind of block: fill and border


LIGHT = Theme(
    paper="#ffffff", ink="#1f2430", faint="#6b7484", cold="#828d9e", hot="#c2410c", cluster="#f6f7f9",
    frame="#c9d0da",
    fills={
        "parameter": ("#e8f1fb", "#6d9fd6"), "input": ("#e7f5ec", "#72b58a"), "constant": ("#f3f4f6", "#b4bac5"),
        "op": ("#ffffff", "#b9c0cc"), "sum": ("#ffffff", "#b9c0cc"), "group": ("#f2eefb", "#a08bd0"),
        "target": ("#fff3d9", "#dca73a"), "failed": ("#fde4e4", "#d03b3b"), "cut": ("#ffffff", "#d03b3b"),
        "outside": ("#f6f7f9", "#a3abb8"),
    },
)  # fmt: skip
DARK = Theme(
    paper="#14171c", ink="#e7eaef", faint="#98a2b3", cold="#7b879b", hot="#fb9a5b", cluster="#1a1e25",
    frame="#434c5c",
    fills={
        "parameter": ("#1b2c42", "#5b8fcb"), "input": ("#19332a", "#5aa97a"), "constant": ("#1f232a", "#6b7688"),
        "op": ("#1f242c", "#566072"), "sum": ("#1f242c", "#566072"), "group": ("#2b2543", "#8f7cc4"),
        "target": ("#3b2f13", "#cf9d38"), "failed": ("#471d20", "#ec6a6a"), "cut": ("#1f242c", "#ec6a6a"),
        "outside": ("#1a1e25", "#667085"),
    },
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    if name not in THEMES:
        raise ValueError(f"theme is 'light' or 'dark', but got {brief(name)}.")
    return THEMES[name]


def blend(cold: str, hot: str, share: float) -> str:
    """The colour at `share` of the way from one to the other.

    >>> blend("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = [(int(cold[k : k + 2], 16), int(hot[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
