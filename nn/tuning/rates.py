"""Short trainings at several learning rates."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from nn import settings
from nn.arguments import function, items, number, one
from nn.callbacks import History
from nn.trainer import Trainer
from nn.tuning.trials import train
from nn.typing import ArrayLike


def learning_rate_sweep(model: Any, x: ArrayLike, y: ArrayLike, rates: Iterable[float] = (1e-4, 1e-3, 1e-2, 1e-1, 1.0),
                        epochs: int = 10, **options: Any) -> dict[float, History]:  # fmt: skip
    """Short trainings at several learning rates, as {rate: History}. All begin with the same weights and use the same batches.

    model: a compiled model, of which copies are trained, or a function without arguments that makes one. A training whose loss
    becomes infinite or NaN is stopped. options: for `fit`, such as batch_size. Raises ValueError for a model that is not
    compiled.

    >>> import numpy as np, nn
    >>> model = nn.Sequential([nn.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> histories = nn.tuning.learning_rate_sweep(model, x, 2 * x, rates=[0.01, 0.1], epochs=5)
    >>> histories[0.1].history["loss"][-1] < histories[0.01].history["loss"][-1]
    True
    """
    seed = int(settings.generator().integers(2**32))
    histories = {}
    for rate in [number("rates", rate) for rate in items("rates", rates, "a list of learning rates")]:
        with settings.use_generator(np.random.default_rng(seed)), np.errstate(all="ignore"):
            made = model if isinstance(model, Trainer) else function("model", model, "a model, or a function that makes one")()
            trained = copy.deepcopy(one("What model() returns", made, "a model", Trainer))
            trained._need_compiled()
            trained.optimizer.learning_rate = rate
            histories[rate] = train(trained, x, y, {"epochs": epochs, **options})
    return histories
