"""tf.keras.initializers: nn's own."""

from nn.initializers import *
from nn.initializers import get
from nn.tf._missing import lacks as _lacks

constant, ones, zeros, orthogonal = Constant, Ones, Zeros, Orthogonal  # Keras has its classes in lower case too
glorot_normal, glorot_uniform, he_normal, he_uniform = GlorotNormal, GlorotUniform, HeNormal, HeUniform
lecun_normal, lecun_uniform, variance_scaling = LecunNormal, LecunUniform, VarianceScaling
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal

__getattr__ = _lacks(__name__)
