"""Why a model does not learn: a batch goes through it and back, a few steps are tried, and a table of symptoms is read."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from nn.arguments import flag, is_structure, one
from nn.arrays import is_lazy
from nn.chunks import examples
from nn.diagnosis.finding import Finding
from nn.diagnosis.measurements import Measurements, measure, variance_within
from nn.diagnosis.report import Diagnosis
from nn.objective import no_targets
from nn.trainer import Trainer
from nn.typing import ArrayLike

__all__ = ["Diagnosis", "Finding", "Measurements", "diagnose"]

EXAMPLES = 256  # how many examples are looked at


def diagnose(model: Any, x: ArrayLike, y: ArrayLike | None, sample_weight: ArrayLike | None = None,
             batch_size: int | Literal["all"] | None = None, shuffle: bool = True) -> Diagnosis:  # fmt: skip
    """Why a compiled model does not learn: the Diagnosis, with what was found, the number that shows it, and what to try.

    Up to 256 examples, from all parts of x, go through a copy of the model and back. From the same weights, 30 steps are tried
    on them, at the optimizer's learning rate, and at others if it gets nowhere. The model, its optimizer and the random
    generators of nn stay as they are, to the last bit.

    Parameters
    ----------
    model : Model
        Compiled, trained or not.
    x, y : array_like of shape (n, ...)
        What fit is given.
    sample_weight : array_like of shape (n,), optional
        What fit is given.
    batch_size, shuffle
        What fit is given. With shuffle=False, it is looked at whether the batches are alike.

    Returns
    -------
    Diagnosis
        A sequence of findings, to be printed. It is empty if nothing is amiss. Its `plot()` draws it.

    Raises
    ------
    ValueError
        For a model that is not compiled. Data that fit refuses are a finding.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.set_random_seed(0)
    >>> model = nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(3)])
    >>> model.compile("adam", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> x, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 3 + 1
    >>> print(nn.diagnose(model, x, y))
    33% of the labels lie outside of 0 to 2: they go from 1 to 3. The model has 3 outputs, one for each
    class.
    Try y - 1 as the labels, for classes count from 0.
    """
    one("model", model, "a compiled model of nn", Trainer)._need_compiled()
    try:
        if y is None:
            raise no_targets("")
        found = examples(x, y, sample_weight, model.dtype)
        if is_structure(found.x) or is_structure(found.y):
            raise ValueError("diagnose looks at models of one array of inputs and one of targets; this has several.")
        size = found.batch_size(batch_size)
    except ValueError as error:
        return Diagnosis(Measurements(error=str(error)))
    some = found.computed(np.linspace(0, len(found) - 1, min(len(found), EXAMPLES)).astype(int))
    m = measure(model, some.x, some.y, some.w, None if is_lazy(found.y) else found.y)
    if not flag("shuffle", shuffle):
        m.within = variance_within([labels for _, labels, _ in found.batches(size)])
    return Diagnosis(m)
