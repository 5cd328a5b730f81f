"""Clipping: functions from a list of gradients to a list of shorter ones. A gradient of None stays None."""

import math

import numpy as np


def by_value(gradients, limit):
    """Each number of each gradient brought into [-limit, limit]."""
    return [g if g is None else np.clip(g, -limit, limit) for g in gradients]


def by_norm(gradients, limit):
    """Each gradient scaled down to the Euclidean norm `limit`, if it is longer."""
    return [g if g is None else _scaled(g, limit, global_norm([g])) for g in gradients]


def by_global_norm(gradients, limit):
    """All gradients scaled down by one factor, so that all their numbers together have at most the norm `limit`.

    >>> by_global_norm([np.array([3.0]), None, np.array([4.0])], 1.0)
    [array([0.6]), None, array([0.8])]
    """
    norm = global_norm(gradients)
    return [g if g is None else _scaled(g, limit, norm) for g in gradients]


def global_norm(gradients):
    """The Euclidean norm of all the numbers of all the gradients, as a float."""
    return math.sqrt(sum(float(np.vdot(raw, raw)) for raw in (np.asarray(g, float) for g in gradients if g is not None)))


def _scaled(g, limit, norm):
    return g * (limit / norm) if norm > limit else g
