"""tf.keras.regularizers: nn's own."""

from nn.regularizers import *
from nn.regularizers import get
from nn.tf._missing import lacks as _lacks

l1, l2, l1_l2 = L1, L2, L1L2
Regularizer = L1L2

__getattr__ = _lacks(__name__)
