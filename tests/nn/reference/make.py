"""Write the reference numbers beside this script: KERAS_BACKEND=torch python tests/nn/reference/make.py, with Keras 3
and PyTorch installed.

optimizers.npz: Keras's optimizers and schedules in float64 (keras.config.set_floatx), the numbers of every case of
optimizers.py at the steps KEPT. losses_keras.npz and losses_torch.npz: loss and gradient of every case of losses.py, in
float64.
"""

from pathlib import Path

import keras
import losses
import numpy as np
import optimizers
import torch

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


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    write_optimizers()
    write_losses()
