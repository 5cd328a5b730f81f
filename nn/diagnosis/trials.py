"""A few steps on one batch at several learning rates. Each rate begins with the same weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

import autodiff as ad
from nn.saving import streams

STEPS = 30  # a momentum of 0.9 needs some 10 steps to come to full speed
GOOD = 0.1  # a good rate takes away this share of the loss in these steps, or more
STUCK = 0.05  # a rate that takes away less than this is compared with other rates
SMALLER, LARGER = (1e-1, 1e-2, 1e-3, 1e-4), (1e1, 1e2, 1e3, 1e4, 1e5)  # the factors to the other rates
Trials: TypeAlias = dict[float, list[float]]  # {learning rate: the losses before each step and after the last}


def try_rates(fresh: Callable[[], Any], batch: tuple[Any, Any, Any]) -> tuple[float, Trials, list[float]]:
    """(the optimizer's learning rate, the losses by rate, the updates of the first step: see `steps_at`).

    Other rates are tried only if the optimizer's gets nowhere, until one is good: first the smaller ones, then the larger ones.
    """
    rate = fresh().optimizer.learning_rate
    losses, updates = steps_at(rate, fresh(), batch)
    trials = {rate: losses}
    if progress(losses) < STUCK:
        for factors in (SMALLER, LARGER):
            for factor in factors:
                other = (rate or 1e-4) * factor
                trials[other], _ = steps_at(other, fresh(), batch)
                if progress(trials[other]) >= GOOD:
                    return rate, trials, updates
                if factors is LARGER and progress(trials[other]) < -1:
                    break
    return rate, trials, updates


def progress(losses: list[float]) -> float:
    """The share of the loss that the steps took away. It is negative if the loss grew, and -inf if it is NaN or infinite."""
    if not math.isfinite(losses[-1]):
        return -math.inf
    return 1 - losses[-1] / losses[0] if losses[0] > 0 else 0.0


def steps_at(rate: float, model: Any, batch: tuple[Any, Any, Any]) -> tuple[list[float], list[float]]:
    """(the losses, for each trainable variable the norm of its first step divided by its own norm) of training this model.

    Each step has the same random numbers, so that dropout does not hide the progress.
    """
    (x, y, w), variables = batch, model.trainable_variables
    loss_of = model._loss_function(checked=True)  # the targets were looked at before
    states = [(stream, stream.bit_generator.state) for stream in streams(model).values()]
    before, losses, updates = [np.array(v.numpy()) for v in variables], list[float](), [0.0] * len(variables)
    model.optimizer._rate = float(rate)  # this also replaces a schedule
    for step in range(STEPS + 1):
        for stream, state in states:
            stream.bit_generator.state = state
        with ad.Tape() as tape:
            loss, _ = loss_of(x, y, model(x), w)
        losses.append(float(loss))
        if step == STEPS or not math.isfinite(losses[-1]) or not isinstance(loss, ad.Tensor):
            break
        pairs = [(g, v) for g, v in zip(tape.gradient(loss, variables), variables) if g is not None]
        if pairs:
            model.optimizer.apply_gradients(pairs)
        if step == 0:
            updates = [_ratio(v.numpy() - old, old) for v, old in zip(variables, before)]
    return losses, updates


def _ratio(step: np.ndarray, w: np.ndarray) -> float:
    size = float(np.linalg.norm(w))
    return float(np.linalg.norm(step)) / size if size else 0.0
