"""tf.linalg: numpy's linear algebra under TensorFlow's names."""

import numpy as _np

from nn.tf import _adapters as _tf
from nn.tf._adapters import eye
from nn.tf._arithmetic import diag, diag_part, einsum, matmul, matvec, norm, tensordot, trace
from nn.tf._missing import lacks as _lacks

cholesky = _tf.of_one(_np.linalg.cholesky)
det = _tf.of_one(_np.linalg.det)
eigh = _tf.of_one(_np.linalg.eigh)
inv = _tf.of_one(_np.linalg.inv)
matrix_transpose = _tf.of_one(lambda a: _np.swapaxes(a, -1, -2))
pinv = _tf.of_one(_np.linalg.pinv)
solve = _tf.of_two(_np.linalg.solve)

__getattr__ = _lacks(__name__)
