"""Write the reference numbers beside this script, with Keras 3, PyTorch, TensorFlow and scikit-learn installed;
in tests/nn:

    KERAS_BACKEND=torch python -m reference.make
    KERAS_BACKEND=tensorflow python -m reference.make

On PyTorch, in float64: optimizers.npz, Keras's optimizers and schedules, the numbers of every case of optimizers.py at the
steps KEPT; losses_keras.npz and losses_torch.npz, loss and gradient of every case of losses.py; activations.npz, the same of
activations.py; metrics.npz, what scikit-learn says of the cases of metrics.py. On TensorFlow, in float64: layers.npz, output,
gradients and variables of every case of layers.py, and runs.npz, the histories and so on of runs.py, because Keras's layers
on PyTorch go through float32.
"""

from pathlib import Path

import keras
import numpy as np
import sklearn
import sklearn.metrics
import torch
from reference import activations, layers, losses, metrics, optimizers, runs

HERE = Path(__file__).resolve().parent


def made_by(*libraries):
    return np.array(", ".join(f"{library.__name__} {library.__version__}" for library in libraries))


def write_optimizers():
    kept = [t - 1 for t in optimizers.KEPT]
    paths = {case: optimizers.keras_trajectory(keras, *given)[kept] for case, given in optimizers.CASES.items()}
    rates = {case: optimizers.keras_rates(keras, *given) for case, given in optimizers.SCHEDULES.items()}
    np.savez_compressed(HERE / "optimizers.npz", made_by=made_by(keras, torch), **paths, **rates)


def write_losses():
    rows = {case: losses.keras_numbers(keras, *given) for case, given in losses.CASES.items()}
    np.savez_compressed(HERE / "losses_keras.npz", made_by=made_by(keras, torch), **losses.packed(rows))
    rows = {case: losses.torch_numbers(torch, function, ours[3]) for case, (function, ours) in losses.TORCH.items()}
    np.savez_compressed(HERE / "losses_torch.npz", made_by=made_by(torch), **losses.packed(rows))


def write_rows(room):
    rows = {case: room.keras_numbers(keras, *given) for case, given in room.CASES.items()}
    np.savez_compressed(
        HERE / f"{room.__name__.removeprefix('reference.')}.npz",
        made_by=made_by(keras),
        backend=keras.backend.backend(),
        **rows,
    )


def write_metrics():
    numbers = {case: theirs(sklearn.metrics, *given) for case, (_, *given, theirs) in metrics.CASES.items()}
    np.savez_compressed(HERE / "metrics.npz", made_by=made_by(sklearn), **numbers)


def write_runs():
    numbers = {f"{case}: {what}": a for case, given in runs.RUNS.items() for what, a in runs.run(keras, *given).items()}
    np.savez_compressed(HERE / "runs.npz", made_by=made_by(keras), backend=keras.backend.backend(), **numbers)


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    if keras.backend.backend() == "torch":
        write_optimizers()
        write_losses()
        write_rows(activations)
        write_metrics()
    else:
        write_rows(layers)
        write_runs()
