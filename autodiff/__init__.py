"""An autograd engine for scalars and arrays: record with `Tape`, ask it for the `gradient`.

>>> import autodiff as ad
>>> w = ad.Value(3.0)
>>> with ad.Tape() as tape:
...     loss = (w - 1.0) ** 2
>>> tape.gradient(loss, w)
Value(4.0)
"""

from autodiff.boxes.constant import constant, convert_to_tensor
from autodiff.boxes.tensor import Tensor
from autodiff.boxes.value import Value
from autodiff.boxes.variable import Variable
from autodiff.build import __version__, build_info
from autodiff.check import check_gradients
from autodiff.custom import custom_gradient, grad_pass_through, recompute_grad, stop_gradient
from autodiff.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autodiff.rules.arithmetic import (
    absolute,
    add,
    clip,
    divide,
    fabs,
    float_power,
    maximum,
    minimum,
    mod,
    multiply,
    negative,
    positive,
    power,
    reciprocal,
    sign,
    square,
    subtract,
    where,
)  # fmt: skip
from autodiff.rules.einsum import einsum
from autodiff.rules.elementary import (
    arctan,
    cos,
    exp,
    expm1,
    log,
    log1p,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tan,
    tanh,
)  # fmt: skip
from autodiff.rules.linalg import dot, matmul, outer, tensordot
from autodiff.rules.reductions import cumsum, logsumexp, max, mean, min, prod, softmax, std, sum, var
from autodiff.rules.shapes import (
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    moveaxis,
    ravel,
    reshape,
    roll,
    squeeze,
    stack,
    swapaxes,
    transpose,
)  # fmt: skip
from autodiff.tape import GradientTape, Tape

abs = absolute
