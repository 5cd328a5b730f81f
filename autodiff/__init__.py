"""An autograd engine for scalars and arrays: record with `Tape`, ask it for the `gradient`.

>>> import autodiff as ad
>>> w = ad.Value(3.0)
>>> with ad.Tape() as tape:
...     loss = (w - 1.0) ** 2
>>> tape.gradient(loss, w)
Value(4.0)
"""

# Each room says in its `__all__` what is for users.
from autodiff import linalg as linalg
from autodiff.boxes.constant import constant as constant
from autodiff.boxes.constant import convert_to_tensor as convert_to_tensor
from autodiff.boxes.tensor import Tensor as Tensor
from autodiff.boxes.value import Value as Value
from autodiff.boxes.variable import Variable as Variable
from autodiff.build import *
from autodiff.build import __version__ as __version__
from autodiff.check import *
from autodiff.custom import *
from autodiff.derivatives import *
from autodiff.draw import *
from autodiff.rules.arithmetic import *
from autodiff.rules.einsum import *
from autodiff.rules.elementary import *
from autodiff.rules.indexing import *
from autodiff.rules.joining import *
from autodiff.rules.products import *
from autodiff.rules.reductions import *
from autodiff.rules.shapes import *
from autodiff.rules.signal import *
from autodiff.rules.sorting import *
from autodiff.rules.special import *
from autodiff.rules.statistics import *
from autodiff.rules.trigonometric import *
from autodiff.tape import *

abs = absolute
