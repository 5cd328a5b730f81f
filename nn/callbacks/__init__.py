"""Callbacks: what is called at the beginning and the end of training, of its epochs and of its batches."""

from nn.callbacks.base import (
    Callback,
    Callbacks,
    CSVLogger,
    History,
    LambdaCallback,
    LearningRateScheduler,
    TerminateOnNaN,
)
from nn.callbacks.diagnose import Diagnose
from nn.callbacks.monitors import EarlyStopping, ModelCheckpoint, Monitor, ReduceLROnPlateau
from nn.callbacks.progress import Progress

__all__ = [
    "CSVLogger", "Callback", "Diagnose", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler",
    "ModelCheckpoint", "ReduceLROnPlateau", "TerminateOnNaN",
]  # fmt: skip
