"""Finding: one reason why a model does not learn. Its numbers have two digits."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Finding:
    """One reason why a model does not learn. `print` shows it, and what to try.

    symptom: its name in the table of symptoms. where: a layer, a variable, "the data", "the labels", "the model", "the loss" or
    "the optimizer". number: what shows it. what: the sentences with this number. advice: what to do next; it begins with "Try".
    since: from the callback, the step since which it has been seen; 0 if always.
    """

    symptom: str
    where: str
    number: float
    what: str
    advice: str
    since: int = 0

    def __str__(self) -> str:
        since = f" (Seen since step {self.since:,}.)" if self.since else ""
        return "\n".join(textwrap.fill(text, 100) for text in (self.what + since, self.advice))


Found: TypeAlias = Iterator[tuple[str, float, str, str]]  # (where, number, what, advice) of each finding of a symptom


def short(x: float) -> str:
    """x with two digits.

    >>> short(0.6931), short(123456.0), short(2.54e-7), short(math.inf)
    ('0.69', '120,000', '2.5e-07', 'infinity')
    """
    return f"{float(f'{x:.2g}'):,.10g}" if math.isfinite(x) else "NaN" if math.isnan(x) else "infinity"


def percent(share: float) -> str:
    """A share in percent, with two digits.

    >>> percent(0.5), percent(0.0123), percent(1.0)
    ('50%', '1.2%', '100%')
    """
    return f"{short(100 * share)}%"
