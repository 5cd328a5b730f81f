"""Searches for good hyper-parameters: short trainings at several learning rates, and sweeps over configurations and seeds."""

from nn.tuning.rates import learning_rate_sweep
from nn.tuning.sweeps import sweep

__all__ = ["learning_rate_sweep", "sweep"]
