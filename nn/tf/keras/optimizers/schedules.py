"""tf.keras.optimizers.schedules: nn's own."""

from nn.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay, Schedule
from nn.tf._missing import lacks as _lacks

LearningRateSchedule = Schedule

__getattr__ = _lacks(__name__)
