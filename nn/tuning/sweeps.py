"""Sweeps: many trainings, of each configuration of a grid with each seed."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from typing import Any, Self

from nn import settings
from nn.arguments import flag, function
from nn.callbacks.progress import PAUSE, bar, in_log
from nn.tuning.backends import finished
from nn.tuning.journal import Journal, settings_of
from nn.tuning.trials import WHAT, Outcome, Training, Trial, check_calls, run, trials_of
from nn.typing import FilePath, Function


def sweep(build: Function, grid: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]], x: Any = None, y: Any = None, *,
          seeds: int | Iterable[int] = 1, file: FilePath | None = None, backend: str | None = None, n_jobs: int | None = None,
          raise_errors: bool = False, verbose: int | str = "auto", **options: Any) -> list[dict[str, Any]]:  # fmt: skip
    """Train once for each configuration of a grid and each seed. Returns a table: a list with a dict for each trial.

    Parameters
    ----------
    build : function
        It takes the parameters of a configuration by name. What it returns is a compiled model, which is then trained on x and
        y; or, if it trains by itself, a History, a dict of numbers, or a number, which is called loss.
    grid : dict of lists, or list of dicts
        {name: values} stands for all combinations of the values. A list, or scikit-learn's ParameterGrid or ParameterSampler,
        gives the configurations themselves.
    x, y : data for `fit`
        Only if build returns models.
    seeds : int or list of ints
        The trainings of each configuration: 3 stands for the seeds 0, 1 and 2. All that nn draws in a trial, weights, batches
        and masks, comes from its seed; `nn.generator()` in build too. So the numbers do not depend on the backend.
    file : path
        Each finished trial is written there at once, as a line of JSON. Trials that the file already has, with the same
        configuration, seed and options, are not trained again, unless they failed. Delete the file when build or the data
        have changed.
    backend : str
        "sequential", or one of joblib's: "loky" for processes, "threading", "dask", "ray". If it is None and n_jobs is given,
        it is the one of the surrounding `joblib.parallel_config`, or else "loky".
    n_jobs : int
        How many trials run at a time: -1, which is the default with a backend, is all the cores, or all workers of a cluster.
    raise_errors : bool
        Whether an exception in a trial ends the sweep. Otherwise its row says `error`, and its results are NaN.
    verbose : int or str
        0 shows nothing; 1 or "auto" shows a bar in a terminal or a notebook, and lines elsewhere.
    **options
        For `fit`, such as epochs and validation_data. A training stops when its loss becomes infinite or NaN.

    Returns
    -------
    list of dicts
        In the order of the grid, with the seeds of a configuration side by side. A row has the parameters, then seed, the
        losses and metrics after the last epoch, seconds, and, if the trial failed, error.

    Raises
    ------
    ValueError
        If the grid is empty, if build or fit do not take their arguments, or if the file is of something else.
    ImportError
        If joblib is needed and is not installed.

    Warns
    -----
    RuntimeWarning
        If trials failed.

    Examples
    --------
    >>> import numpy as np, nn
    >>> def build(learning_rate):
    ...     model = nn.Sequential([nn.Dense(1)])
    ...     model.compile(nn.optimizers.SGD(learning_rate), "mse")
    ...     return model
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> table = nn.tuning.sweep(build, {"learning_rate": [0.01, 0.1]}, x, 2 * x, seeds=3, epochs=5, verbose=0)
    >>> list(table[0]), len(table)
    (['learning_rate', 'seed', 'loss', 'seconds'], 6)
    >>> min(table, key=lambda row: row["loss"])["learning_rate"]
    0.1
    """
    trials = trials_of(grid, seeds)
    build = function("build", build, f"a function of the parameters that returns {WHAT}")
    training = Training(build, options, settings.floatx(), flag("raise_errors", raise_errors),
                        settings.array_module().__name__)  # fmt: skip
    check_calls(training, trials)
    journal = nullcontext() if file is None else Journal(file, settings_of(options, training.dtype))
    with journal as known, _Progress(verbose) as shown:
        outcomes = {} if known is None else known.outcomes(trials)
        left = [k for k in range(len(trials)) if k not in outcomes]
        shown.begin(len(left))
        with closing(finished(run, [trials[k] for k in left], (x, y, training), backend, n_jobs)) as ended:
            for k, outcome in ended:
                outcomes[left[k]] = outcome
                if known is not None:
                    known.append(trials[left[k]], outcome)
                shown.update(trials[left[k]], outcome)
    return _table(trials, [outcomes[k] for k in range(len(trials))])


def _table(trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The rows. A failed trial has NaN for all that others have."""
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.result)
    failed = [outcome.error for outcome in outcomes if outcome.error is not None]
    if failed:
        message = f"{len(failed)} of {len(trials)} trials failed; their rows say `error`. The first: {failed[0]}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    rows = []
    for trial, (result, seconds, error) in zip(trials, outcomes):
        numbers = result if error is None else dict.fromkeys(names, math.nan)
        rows.append({**trial.config, "seed": trial.seed, **numbers, "seconds": seconds, **({"error": error} if error else {})})
    return rows


class _Progress:
    """A bar over the trials in a terminal or a notebook, and lines elsewhere, at most one a second."""

    def __init__(self, verbose: int | str) -> None:
        self.on, self.bar = flag("verbose", verbose), None

    def begin(self, total: int) -> None:
        self.total, self.done, self.last = total, 0, -PAUSE
        if self.on and total and not in_log():
            self.bar = bar(total, "trial")

    def update(self, trial: Trial, outcome: Outcome) -> None:
        self.done += 1
        if self.bar is not None:
            self.bar.update()
        elif self.on and (time.monotonic() - self.last >= PAUSE or self.done == self.total):
            self.last = time.monotonic()
            fields = [f"{name} {x:.4g}" if isinstance(x, float) else f"{name} {x}"
                      for name, x in {**trial.config, "seed": trial.seed, **outcome.result}.items()]  # fmt: skip
            print(f"trial {self.done}/{self.total}", *fields, *filter(None, [outcome.error]), sep="  ", flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.close()
