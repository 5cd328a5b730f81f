"""Symptoms of the learning rate: the two of MIT 6.S191, lecture 1. Each function yields what it finds in the measurements."""

from __future__ import annotations

import math

from nn.diagnosis.finding import Found, short
from nn.diagnosis.measurements import Measurements
from nn.diagnosis.trials import GOOD, STEPS, progress


def rate_too_large(m: Measurements) -> Found:
    """Large rates overshoot, become unstable and diverge."""
    better = next((rate for rate, losses in m.trials.items() if rate < m.rate and progress(losses) >= GOOD), None)
    if better is not None and not m.learned:
        what = f"The learning rate {_plain(m.rate)} is too large: {STEPS} steps on one batch take the loss {_way(m, m.rate)}. "
        what += f"With {_plain(better)} they take it {_way(m, better)}.{_ratio(m)}"
        yield "the optimizer", m.rate, what, f"Try a new model with learning_rate={_plain(better)}."


def rate_too_small(m: Measurements) -> Found:
    """Small rates converge slowly and get stuck. A training in a course has some thousand steps, so a rate that needs more than
    10,000 to halve the loss is too small. Steps of the usual size, 0.001 times the weights, are not: there the loss is flat."""
    better = next((rate for rate, losses in m.trials.items() if rate > m.rate and progress(losses) >= GOOD), None)
    if better is None or m.learned or any(rate_too_large(m)) or max(m.updates.values(), default=0.0) >= 1e-3:
        return
    gained = progress(m.trials[m.rate])
    halving = STEPS * math.log(2) / -math.log1p(-gained) if 0 < gained < 1 else math.inf
    if halving > 10_000:
        pace = f"it would take {short(halving)} steps to halve the loss" if halving < 1e7 else "the loss hardly falls"
        what = f"The learning rate {_plain(m.rate)} is too small: {pace}. "
        what += f"With {_plain(better)} instead, {STEPS} steps on one batch take it {_way(m, better)}.{_ratio(m)}"
        yield "the optimizer", m.rate, what, f"Try learning_rate={_plain(better)}."


def _plain(rate: float) -> str:
    return short(rate).replace(",", "")


def _way(m: Measurements, rate: float) -> str:
    return f"from {short(m.trials[rate][0])} to {short(m.trials[rate][-1])}"


def _ratio(m: Measurements) -> str:
    """The largest update-to-weight ratio, in words."""
    layer = max(m.updates, key=lambda layer: m.updates[layer], default=None)
    if layer is None or not m.updates[layer]:
        return ""
    return f" A step changes the weights of {layer} by {short(m.updates[layer])} times their size; 0.001 is usual."
