"""Trials: the configurations of a grid, and what becomes of one of them."""

from __future__ import annotations

import copy
import itertools
import math
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nn import settings
from nn.arguments import brief, count, index, items, number, refusal
from nn.callbacks import History, TerminateOnNaN
from nn.trainer import Trainer
from nn.typing import Function

GIVEN = ("seed", "seconds", "error")  # fields of a row that no configuration and no result may have
WHAT = "a compiled model, a History, a dict of numbers or a number"


class Trial(NamedTuple):
    """One training of a sweep."""

    config: dict[str, Any]
    seed: int


class Outcome(NamedTuple):
    """What became of a trial. error: the text of the exception that it raised, or None."""

    result: dict[str, float]
    seconds: float
    error: str | None


class Training(NamedTuple):
    """What all trials of a sweep have in common, besides the data."""

    build: Function
    options: dict[str, Any]
    dtype: np.dtype[Any]
    raise_errors: bool
    module: str  # whose arrays the weights are, by name: other processes and threads do not know it


# -- the configurations ----------------------------------------------------------------------------------------------


def trials_of(grid: Any, seeds: int | Iterable[int]) -> list[Trial]:
    """Each configuration with each seed. Raises ValueError where there is none, or where a row would have two such fields."""
    configs = _configurations(grid)
    several = range(count("seeds", seeds)) if index(seeds) is not None else items("seeds", seeds, "a number or a list of seeds")
    each = [count("A seed", seed, 0) for seed in several]
    if not configs or not each:
        raise ValueError(f"A sweep needs a configuration and a seed, but got {len(configs)} and {len(each)} of them.")
    for config in configs:
        if wrong := [name for name in config if not isinstance(name, str) or name in GIVEN]:
            raise ValueError(f"A parameter has a name that is none of {', '.join(GIVEN)}, but got {brief(wrong[0])}.")
    return [Trial(config, seed) for config in configs for seed in each]


def _configurations(grid: Any) -> list[dict[str, Any]]:
    if not isinstance(grid, Mapping):
        expected = "a dict {name: list of values}, or a list of configurations {name: value}"
        return [{name: _plain(x) for name, x in config.items()} for config in items("grid", grid, expected, Mapping)]
    values = [[_plain(x) for x in items(f"grid[{name!r}]", several, "a list of values")] for name, several in grid.items()]
    return [dict(zip(grid, chosen)) for chosen in itertools.product(*values)]


def _plain(x: Any) -> Any:
    """A number of numpy's as Python's."""
    return x.item() if isinstance(x, np.generic) else x


def check_calls(training: Training, trials: Iterable[Trial]) -> None:
    """Raise ValueError for arguments that build or fit does not take: once, and not in each trial."""
    for trial in trials:
        if reason := refusal(training.build, **trial.config):
            raise ValueError(f"build does not take the configuration {brief(trial.config)}: {reason}.")
    if reason := refusal(Trainer.fit, None, None, None, **training.options):
        raise ValueError(f"The options of a sweep are those of fit: {reason}.")


# -- one trial -------------------------------------------------------------------------------------------------------


def run(trial: Trial, x: Any, y: Any, training: Training) -> Outcome:
    """Train once. All that nn draws comes from the seed, in whatever process or thread this runs."""
    settings.set_floatx(training.dtype)  # in another process it is the default
    began, error = time.perf_counter(), None
    try:
        with (settings.use_array_module(training.module), settings.use_generator(np.random.default_rng(trial.seed)),
              np.errstate(all="ignore")):  # fmt: skip
            result = _result(training.build(**trial.config), x, y, training.options, trial.config)
    except Exception as raised:
        if training.raise_errors:
            raise
        result, error = {"loss": math.nan}, "".join(traceback.format_exception_only(raised)).strip()
    return Outcome(result, time.perf_counter() - began, error)


def train(model: Any, x: Any, y: Any, options: Mapping[str, Any]) -> History:
    """Fit a model, in silence unless the options say otherwise, until its loss becomes infinite or NaN."""
    callbacks = [*(options.get("callbacks") or []), TerminateOnNaN(verbose=False)]
    return model.fit(x, y, **{"verbose": 0, **options, "callbacks": callbacks})


def _result(built: Any, x: Any, y: Any, options: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a trial by their names."""
    if isinstance(built, Trainer):
        if x is None:
            raise ValueError("build returned a model, but no data for it were given: sweep(build, grid, x, y).")
        callbacks = copy.deepcopy(options.get("callbacks"))  # their state is that of one training
        built = train(copy.deepcopy(built), x, y, {**options, "callbacks": callbacks})
    elif x is not None or options:
        raise ValueError(f"x, y and the options of fit are for a model, but build returned {brief(built)}.")
    if isinstance(built, History):
        curves = {name: curve for name, curve in built.history.items() if name != "learning_rate" or name not in config}
    else:
        curves = dict(built) if isinstance(built, Mapping) else {"loss": built}
    if taken := [name for name in curves if name in config or name in GIVEN or not isinstance(name, str)]:
        raise ValueError(f"A result has a name that is no parameter, nor one of {', '.join(GIVEN)}, but got {brief(taken[0])}.")
    return {name: _last(name, curve) for name, curve in curves.items()}


def _last(name: str, curve: Any) -> float:
    """A number, or the last one of a list: that of the last epoch."""
    if isinstance(curve, Sequence) and not isinstance(curve, str) and curve:
        curve = curve[-1]
    return float(number(f"The result {name!r}", curve, expected=f"a number, for build returns {WHAT}"))
