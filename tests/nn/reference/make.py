"""Write the reference numbers beside this script: KERAS_BACKEND=torch python tests/nn/reference/make.py, with Keras 3
and PyTorch installed.

optimizers.npz: Keras's optimizers and schedules in float64 (keras.config.set_floatx), the numbers of every case of
optimizers.py at the steps KEPT.
"""

from pathlib import Path

import keras
import numpy as np
import optimizers

HERE = Path(__file__).resolve().parent


def made_by(*libraries):
    return np.array(", ".join(f"{library.__name__} {library.__version__}" for library in libraries))


def write_optimizers():
    kept = [t - 1 for t in optimizers.KEPT]
    paths = {case: optimizers.keras_trajectory(keras, *given)[kept] for case, given in optimizers.CASES.items()}
    rates = {case: optimizers.keras_rates(keras, *given) for case, given in optimizers.SCHEDULES.items()}
    np.savez_compressed(HERE / "optimizers.npz", made_by=made_by(keras), **paths, **rates)


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    write_optimizers()
