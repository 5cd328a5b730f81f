"""How wide a text is, so that a box can be made around it: the widths of Helvetica's characters, which Arial shares."""

from __future__ import annotations

import unicodedata

REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
    556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611,
    611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
)  # fmt: skip
OTHERS = {"·": 333, "×": 584, "÷": 549, "−": 584, "…": 1000, "–": 556, "²": 333}  # of those that pictures have
WIDE, USUAL = 1000, 610  # a character of Chinese or Japanese; any other


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in points, in Helvetica of that size.

    >>> width_of("value", 10.0), width_of("value", 10.0, bold=True)
    (23.9, 25.57)
    """
    table = BOLD if bold else REGULAR
    total = sum(table[ord(c) - 32] if " " <= c <= "~" else OTHERS.get(c) or width_of_other(c) for c in text)
    return total * size / 1000


def width_of_other(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return WIDE if unicodedata.east_asian_width(character) in "WF" else USUAL
