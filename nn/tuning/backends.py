"""Where trials run: here, one after another, or by one of joblib's backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from typing import Any, TypeVar

T, R = TypeVar("T"), TypeVar("R")


def finished(function: Callable[..., R], inputs: Sequence[T], shared: tuple[Any, ...], backend: str | None,
             n_jobs: int | None) -> Iterator[tuple[int, R]]:  # fmt: skip
    """(k, function(inputs[k], *shared)), in the order in which they end. Joblib is asked for it unless it is done here."""
    if backend == "sequential" or (backend is None and n_jobs in (None, 1)):
        yield from ((k, function(x, *shared)) for k, x in enumerate(inputs))
        return
    joblib = _joblib()
    n_jobs = -1 if n_jobs is None else n_jobs
    if backend == "ray" and "ray" not in joblib.parallel.BACKENDS:
        raise ValueError("joblib does not know Ray yet: from ray.util.joblib import register_ray; register_ray().")
    # What is shared are arguments of their own: so Dask sends large arrays to each worker once, and not with each task.
    tasks = [joblib.delayed(_numbered)(k, function, x, *shared) for k, x in enumerate(inputs)]
    with joblib.parallel_config(backend, n_jobs=n_jobs) if backend is not None else nullcontext():
        if getattr(joblib.parallel.get_active_backend()[0], "supports_return_generator", False):
            parallel = joblib.Parallel(n_jobs, batch_size=1, return_as="generator_unordered")
            with closing(parallel(tasks)) as results:
                yield from results
            return
        size = joblib.effective_n_jobs(n_jobs)
        with joblib.Parallel(n_jobs, batch_size=1) as parallel:  # multiprocessing and Ray give results in rounds alone
            for k in range(0, len(tasks), size):
                yield from parallel(tasks[k : k + size])


def _numbered(k: int, function: Callable[..., R], x: Any, *shared: Any) -> tuple[int, R]:
    return k, function(x, *shared)


def _joblib() -> Any:
    try:
        import joblib
    except ImportError:
        raise ImportError("Sweeps in several threads or processes need joblib: pip install 'joblib>=1.4'.") from None
    return joblib
