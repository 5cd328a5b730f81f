"""Programs of Values by numba: the loops of scalar/steps.py over arrays, compiled. The bits are the same.

What a step computes, and where its inputs stand, lies in columns of integers; the numbers lie in two arrays. What only Python
can compute, by the rules of an op, it computes between two runs of a loop.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np

from autodiff.functions.program import Raw
from autodiff.scalar.node import evaluated
from autodiff.scalar.replay import Replay, Walk
from autodiff.scalar.steps import (
    ASSIGNED,
    BINARY,
    CONSTANT,
    DOT_PRODUCT,
    MAX_0,
    MINUS,
    OPPOSITE,
    PLUS,
    PLUS_PRODUCT,
    SAME,
    TIMES,
    TOTAL,
    UNARY,
    RareStep,
    Step,
)  # fmt: skip

BY_PYTHON = (UNARY, BINARY)


class Jitted:
    """What runs in place of a replay."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.forward, self.backward = loops()
        computed = {id(step) for part in replay.parts for step in part}
        given: dict[int, Step] = {}
        for part in replay.parts:
            for step in part:
                sources = (step.a, step.b, step.c, *more_of(step))
                given.update({id(source): source for source in sources if id(source) not in computed})
        ends = [*replay.inputs, *replay.read, *replay.outputs, *[step for _, step in replay.assigned]]
        for walk in replay.walks:
            ends += [] if walk is None else [*walk.outs, *walk.starts, *walk.seeds, *walk.reached]
        given.update({id(step): step for step in ends if id(step) not in computed})
        self.steps = [*given.values(), *[step for part in replay.parts for step in part]]
        self.place = {id(step): k for k, step in enumerate(self.steps)}
        self.y, self.g = np.array([step.y for step in self.steps]), np.zeros(len(self.steps))
        more = [more_of(step) for step in self.steps]
        self.columns = (
            np.array([step.code for step in self.steps], np.int8),
            *[self.places([getattr(step, name) for step in self.steps]) for name in "abc"],
            np.cumsum([0, *map(len, more)], dtype=np.uint32), self.places([step for steps in more for step in steps]),
        )  # fmt: skip
        self.parts = [self.runs(part) for part in replay.parts]
        self.walks = [None if walk is None else JittedWalk(self, walk) for walk in replay.walks]
        self.inputs, self.read = self.places(replay.inputs), self.places(replay.read)
        self.outputs, self.assigned = self.places(replay.outputs), self.places([step for _, step in replay.assigned])

    def places(self, steps: list[Step]) -> Raw:
        return np.array([self.place[id(step)] for step in steps], np.uint32)  # unsigned: no index counts from the end

    def runs(self, steps: list[Step]) -> list[Raw]:
        """The steps as runs for a loop, and between them those of Python."""
        found: list[Any] = [[]]
        for step in steps:
            if step.code in BY_PYTHON:
                found += [step, []]
            else:
                found[-1].append(step)
        return [self.places(run) if isinstance(run, list) else run for run in found if run != []]

    def __call__(self, arguments: list[float]) -> list[float]:
        """Run once; the outputs."""
        y, replay = self.y, self.replay
        for k, number in zip(self.inputs, replay.numbers):
            y[k] = arguments[number]
        if len(self.read):
            y[self.read] = replay.present()
        for part, walk in zip(self.parts, self.walks):
            for run in part:
                if isinstance(run, np.ndarray):
                    self.forward(*self.columns, y, self.g, run)
                else:
                    self.compute(run)
            if walk is not None:
                walk()
        replay.give(y[self.assigned].tolist())
        found: list[float] = y[self.outputs].tolist()
        return found

    def numbers(self, step: RareStep) -> tuple[float, ...]:
        x = float(self.y[self.place[id(step.a)]])
        return (x,) if step.code == UNARY else (x, float(self.y[self.place[id(step.b)]]))

    def compute(self, step: RareStep) -> None:
        k, op = self.place[id(step)], step.op
        self.y[k], self.g[k] = evaluated(op.scalar or op.forward, op.forward, self.numbers(step)), -0.0

    def hand_on(self, step: RareStep) -> None:
        k, numbers = self.place[id(step)], self.numbers(step)
        g = float(self.g[k])
        for source, rule in zip((step.a, step.b), step.op.vjps):
            if source.code != CONSTANT:
                part = g if g == 0.0 else g * evaluated(rule, rule, (1.0, float(self.y[k]), *numbers))
                self.g[self.place[id(source)]] += part


class JittedWalk:
    """A gradient of the program."""

    def __init__(self, jitted: Jitted, walk: Walk) -> None:
        self.jitted = jitted
        self.reached, self.starts, self.seeds = map(jitted.places, (walk.reached, walk.starts, walk.seeds))
        self.passed = jitted.runs(walk.passed)
        self.outs, self.firsts = jitted.places(walk.outs), jitted.places([steps[0] for steps in walk.ends])
        self.others = [(jitted.place[id(out)], jitted.place[id(step)]) for out, steps in zip(walk.outs, walk.ends)
                       for step in steps[1:]]  # fmt: skip

    def __call__(self) -> None:
        y, g = self.jitted.y, self.jitted.g
        g[self.reached] = -0.0
        for start, seed in zip(self.starts, self.seeds):
            g[start] += y[seed]
        for run in self.passed:
            if isinstance(run, np.ndarray):
                self.jitted.backward(*self.jitted.columns, y, g, run)
            else:
                self.jitted.hand_on(run)
        y[self.outs] = g[self.firsts]
        for out, other in self.others:
            y[out] += g[other]


def more_of(step: Step) -> list[Step]:
    return step.more if isinstance(step, RareStep) else []


def _forward(code: Raw, a: Raw, b: Raw, c: Raw, starts: Raw, more: Raw, y: Raw, g: Raw, run: Raw) -> None:
    for k in run:
        kind = code[k]
        g[k] = -0.0
        if kind == PLUS_PRODUCT:
            y[k] = y[c[k]] + y[a[k]] * y[b[k]]
        elif kind == TIMES:
            y[k] = y[a[k]] * y[b[k]]
        elif kind == PLUS:
            y[k] = y[a[k]] + y[b[k]]
        elif kind == MINUS:
            y[k] = y[a[k]] - y[b[k]]
        elif kind == MAX_0:
            x = y[a[k]]
            y[k] = 0.0 if x <= 0.0 else x
        elif kind == OPPOSITE:
            y[k] = -y[a[k]]
        elif kind == SAME:
            y[k] = y[a[k]]
        elif kind == ASSIGNED:
            y[k] = y[c[k]]
        elif kind == TOTAL:
            total = y[more[starts[k]]]
            for j in range(starts[k] + 1, starts[k + 1]):
                total += y[more[j]]
            y[k] = total
        elif kind == DOT_PRODUCT:
            n = starts[k + 1] - starts[k]
            total = y[more[starts[k + 1] - 1]] if n % 2 else 0.0
            for j in range(starts[k], starts[k + 1] - 1, 2):
                total += y[more[j]] * y[more[j + 1]]
            y[k] = total


def _backward(code: Raw, a: Raw, b: Raw, c: Raw, starts: Raw, more: Raw, y: Raw, g: Raw, run: Raw) -> None:
    for k in run:
        kind, x = code[k], g[k]
        if x == 0.0:  # nothing in, nothing out, also at an infinite slope
            g[a[k]] += x
            if kind == PLUS_PRODUCT:
                g[c[k]] += x
            if b[k] != k:
                g[b[k]] += x
            for j in range(starts[k], starts[k + 1]):
                g[more[j]] += x
        elif kind == PLUS_PRODUCT:
            g[c[k]] += x
            g[a[k]] += x * y[b[k]]
            g[b[k]] += x * y[a[k]]
        elif kind == TIMES:
            g[a[k]] += x * y[b[k]]
            g[b[k]] += x * y[a[k]]
        elif kind == PLUS:
            g[a[k]] += x
            g[b[k]] += x
        elif kind == MINUS:
            g[a[k]] += x
            g[b[k]] -= x
        elif kind == MAX_0:
            g[a[k]] += x * (1.0 if y[k] > 0.0 else 0.0)
        elif kind in (SAME, ASSIGNED, OPPOSITE):
            g[a[k]] += -x if kind == OPPOSITE else x
        elif kind == TOTAL:
            for j in range(starts[k], starts[k + 1]):
                g[more[j]] += x
        elif kind == DOT_PRODUCT:
            last = starts[k + 1] - (starts[k + 1] - starts[k]) % 2
            for j in range(starts[k], last, 2):
                g[more[j]] += x * y[more[j + 1]]
                g[more[j + 1]] += x * y[more[j]]
            if last < starts[k + 1]:
                g[more[last]] += x


@functools.cache
def loops() -> tuple[Raw, Raw]:
    """Both loops, compiled at their first call, and kept in a file for the next process. ImportError without numba."""
    try:
        njit = importlib.import_module("numba").njit
    except ImportError:
        raise ImportError("ad.function(jit=True) needs numba: pip install numba.") from None
    return njit(cache=True)(_forward), njit(cache=True)(_backward)
