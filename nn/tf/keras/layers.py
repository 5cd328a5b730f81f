"""tf.keras.layers: nn's own layers."""

from nn.graph import Input
from nn.layers import *
from nn.tf._missing import lacks as _lacks

InputLayer = Input
AvgPool1D, AvgPool2D, GlobalAvgPool1D, GlobalAvgPool2D = (
    AveragePooling1D, AveragePooling2D, GlobalAveragePooling1D, GlobalAveragePooling2D,
)  # fmt: skip
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D

__getattr__ = _lacks(__name__)
