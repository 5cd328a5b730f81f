"""Searches for good hyper-parameters by short trainings."""

import copy
import math

import numpy as np

from nn import settings
from nn.callbacks import Callback

__all__ = ["learning_rate_sweep"]


class _StopAtInfinity(Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = not math.isfinite(logs["loss"])


def learning_rate_sweep(model, x, y, rates=(1e-4, 1e-3, 1e-2, 1e-1, 1.0), epochs=10, **options):
    """{rate: History} of as many short trainings, all from the same weights and with batches in the same order.

    model: a compiled model, of which copies are trained, or a function without arguments that makes one. A training whose loss
    becomes infinite or NaN is stopped. options: for `fit`, such as batch_size. ValueError for a model that is not compiled.

    >>> import numpy as np, nn
    >>> model = nn.Sequential([nn.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> histories = nn.tuning.learning_rate_sweep(model, x, 2 * x, rates=[0.01, 0.1], epochs=5)
    >>> histories[0.1].history["loss"][-1] < histories[0.01].history["loss"][-1]
    True
    """
    seed = int(settings.generator().integers(2**32))
    options = {"verbose": 0, **options}
    options["callbacks"] = [*(options.get("callbacks") or []), _StopAtInfinity()]
    histories = {}
    for rate in rates:
        with settings.use_generator(np.random.default_rng(seed)), np.errstate(all="ignore"):
            trained = copy.deepcopy(model) if hasattr(model, "fit") else model()
            trained._need_compiled()
            trained.optimizer.learning_rate = rate
            histories[float(rate)] = trained.fit(x, y, epochs=epochs, **options)
    return histories
