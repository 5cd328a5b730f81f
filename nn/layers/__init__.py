"""The layers."""
# ruff: noqa: I001 - many names on a line

from nn.layers.attention import MultiHeadAttention, PositionEmbedding, SinePositionEncoding
from nn.layers.base import Layer
from nn.layers.cells import GRUCell, LSTMCell, SimpleRNNCell, StackedRNNCells
from nn.layers.convolution import Conv1D, Conv2D, Conv2DTranspose
from nn.layers.dense import (
    Activation, Dense, Dropout, Embedding, Flatten, GaussianNoise, Perceptron, SpatialDropout1D, SpatialDropout2D,
)  # fmt: skip
from nn.layers.merging import (
    Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract, add, average, concatenate, dot, maximum, minimum,
    multiply, subtract,
)  # fmt: skip
from nn.layers.normalization import (
    BatchNormalization, GroupNormalization, LayerNormalization, Normalization, RMSNormalization,
)  # fmt: skip
from nn.layers.pooling import (
    AveragePooling1D, AveragePooling2D, GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalMaxPooling1D,
    GlobalMaxPooling2D, MaxPool1D, MaxPool2D, MaxPooling1D, MaxPooling2D, UpSampling2D, ZeroPadding2D,
)  # fmt: skip
from nn.layers.recurrent import GRU, LSTM, RNN, SimpleRNN
from nn.layers.shaping import (
    ELU, Lambda, LeakyReLU, Masking, Permute, PReLU, ReLU, RepeatVector, Rescaling, Reshape, Softmax,
)  # fmt: skip
from nn.layers.wrappers import Bidirectional, TimeDistributed

CLASSES = [
    "ELU", "GRU", "LSTM", "RNN", "Activation", "Add", "Average", "AveragePooling1D", "AveragePooling2D", "BatchNormalization",
    "Bidirectional", "Concatenate", "Conv1D", "Conv2D", "Conv2DTranspose", "Dense", "Dot", "Dropout", "Embedding", "Flatten",
    "GRUCell", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "GroupNormalization", "LSTMCell", "Lambda", "Layer", "LayerNormalization", "LeakyReLU", "Masking",
    "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D", "Maximum", "Minimum", "MultiHeadAttention", "Multiply",
    "Normalization", "PReLU", "Perceptron", "Permute", "PositionEmbedding", "RMSNormalization", "ReLU", "RepeatVector",
    "Rescaling", "Reshape", "SimpleRNN", "SimpleRNNCell", "SinePositionEncoding", "Softmax", "SpatialDropout1D",
    "SpatialDropout2D", "StackedRNNCells", "Subtract", "TimeDistributed", "UpSampling2D", "ZeroPadding2D",
]  # fmt: skip
__all__ = [*CLASSES, "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"]
