"""An autograd engine for scalars and arrays: record with `Tape`, ask it for the `gradient`.

>>> import autodiff as ad
>>> w = ad.Value(3.0)
>>> with ad.Tape() as tape:
...     loss = (w - 1.0) ** 2
>>> tape.gradient(loss, w)
Value(4.0)
"""

from autodiff import linalg
from autodiff.boxes.constant import constant, convert_to_tensor
from autodiff.boxes.tensor import Tensor
from autodiff.boxes.value import Value
from autodiff.boxes.variable import Variable
from autodiff.build import __version__, build_info
from autodiff.check import check_gradients
from autodiff.custom import custom_gradient, grad_pass_through, recompute_grad, stop_gradient
from autodiff.derivatives import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autodiff.draw import NoGraphviz, Picture, draw, show
from autodiff.rules.arithmetic import (
    absolute,
    add,
    clip,
    conjugate,
    copysign,
    divide,
    divmod,
    fabs,
    float_power,
    fmax,
    fmin,
    fmod,
    heaviside,
    ldexp,
    maximum,
    minimum,
    mod,
    modf,
    multiply,
    nan_to_num,
    negative,
    positive,
    power,
    real,
    reciprocal,
    remainder,
    sign,
    square,
    subtract,
    where,
)  # fmt: skip
from autodiff.rules.einsum import einsum
from autodiff.rules.elementary import (
    cbrt,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    relu,
    sigmoid,
    softplus,
    sqrt,
)  # fmt: skip
from autodiff.rules.indexing import (
    choose,
    compress,
    diag,
    diagflat,
    diagonal,
    extract,
    select,
    take,
    take_along_axis,
    trace,
    tril,
    triu,
)  # fmt: skip
from autodiff.rules.joining import (
    append,
    array_split,
    astype,
    block,
    broadcast_arrays,
    column_stack,
    concatenate,
    copy,
    delete,
    dsplit,
    dstack,
    full_like,
    hsplit,
    hstack,
    insert,
    linspace,
    meshgrid,
    split,
    stack,
    unstack,
    vsplit,
    vstack,
)  # fmt: skip
from autodiff.rules.products import cross, dot, inner, kron, matmul, matvec, outer, tensordot, vdot, vecdot, vecmat
from autodiff.rules.reductions import (
    amax,
    amin,
    cumprod,
    cumsum,
    cumulative_prod,
    cumulative_sum,
    log_softmax,
    logsumexp,
    max,
    mean,
    min,
    prod,
    ptp,
    softmax,
    std,
    sum,
    var,
)  # fmt: skip
from autodiff.rules.shapes import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_to,
    expand_dims,
    flip,
    fliplr,
    flipud,
    matrix_transpose,
    moveaxis,
    pad,
    ravel,
    repeat,
    reshape,
    resize,
    roll,
    rollaxis,
    rot90,
    squeeze,
    swapaxes,
    tile,
    transpose,
)  # fmt: skip
from autodiff.rules.signal import convolve, correlate, diff, ediff1d, gradient, interp, polyval, trapezoid
from autodiff.rules.sorting import partition, sort
from autodiff.rules.special import digamma, erf, erfc, gammaln, polygamma
from autodiff.rules.statistics import (
    average,
    corrcoef,
    cov,
    median,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmedian,
    nanmin,
    nanpercentile,
    nanprod,
    nanquantile,
    nanstd,
    nansum,
    nanvar,
    percentile,
    quantile,
)  # fmt: skip
from autodiff.rules.trigonometric import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    deg2rad,
    degrees,
    hypot,
    rad2deg,
    radians,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
    unwrap,
)  # fmt: skip
from autodiff.tape import ForwardAccumulator, GradientTape, Tape

abs = absolute
