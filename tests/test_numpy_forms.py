"""The forms of numpy that advect, another engine on numpy, lists (0.3.1, of 2026): which of them this engine answers.

A function is answered if it has samples, which tests/test_rules.py differentiates, or if its derivative is zero, or if it
asks about shapes. `python tests/test_numpy_forms.py` prints the count.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parent))

from samples import SAMPLES

import autodiff as ad
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY, Metadata

FUNCTIONS = """
    absolute add all allclose amax amin angle any append apply_along_axis apply_over_axes arange arccos arccosh arcsin
    arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort argwhere around array array_equal array_equiv
    array_split asanyarray asarray astype atleast_1d atleast_2d atleast_3d average bincount bitwise_and bitwise_or
    bitwise_xor block broadcast_arrays broadcast_to can_cast cbrt ceil choose clip column_stack common_type compress
    concatenate conjugate convolve copy copysign copyto corrcoef correlate cos cosh count_nonzero cov cross cumprod
    cumsum cumulative_prod cumulative_sum deg2rad degrees delete diag diag_indices_from diagflat diagonal diff digitize
    divide divmod dot dsplit dstack ediff1d einsum empty empty_like equal exp exp2 expand_dims expm1 extract eye fabs
    fft.fft fft.fft2 fft.fftn fft.fftshift fft.hfft fft.ifft fft.ifft2 fft.ifftn fft.ifftshift fft.ihfft fft.irfft
    fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn fill_diagonal fix flatnonzero flip fliplr flipud float_power
    floor floor_divide fmax fmin fmod frexp full full_like geomspace gradient greater greater_equal heaviside histogram
    histogram2d histogram_bin_edges histogramdd hsplit hstack hypot i0 identity imag in1d inner insert interp
    intersect1d invert isclose iscomplex iscomplexobj isfinite isin isinf isnan isneginf isposinf isreal isrealobj ix_
    kron ldexp left_shift less less_equal lexsort lib.scimath.arccos lib.scimath.arcsin lib.scimath.arctanh
    lib.scimath.log lib.scimath.log10 lib.scimath.log2 lib.scimath.logn lib.scimath.power lib.scimath.sqrt
    lib.stride_tricks.sliding_window_view linalg.cholesky linalg.cond linalg.cross linalg.det linalg.diagonal linalg.eig
    linalg.eigh linalg.eigvals linalg.eigvalsh linalg.inv linalg.lstsq linalg.matmul linalg.matrix_norm
    linalg.matrix_power linalg.matrix_rank linalg.matrix_transpose linalg.multi_dot linalg.norm linalg.outer linalg.pinv
    linalg.qr linalg.slogdet linalg.solve linalg.svd linalg.svdvals linalg.tensordot linalg.tensorinv linalg.tensorsolve
    linalg.trace linalg.vecdot linalg.vector_norm linspace log log10 log1p log2 logaddexp logaddexp2 logical_and
    logical_not logical_or logical_xor logspace matmul matrix_transpose matvec max maximum mean median meshgrid min
    minimum modf moveaxis multiply nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin
    nanpercentile nanprod nanquantile nanstd nansum nanvar ndim negative nextafter nonzero not_equal ones ones_like
    outer pad partition percentile piecewise place poly polyadd polyder polydiv polyfit polyint polymul polysub polyval
    positive power prod ptp put put_along_axis putmask quantile rad2deg radians ravel ravel_multi_index real
    real_if_close reciprocal remainder repeat reshape resize result_type right_shift rint roll rollaxis roots rot90
    round row_stack searchsorted select setdiff1d setxor1d shape sign signbit sin sinc sinh size sort sort_complex
    spacing split sqrt square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace
    transpose trapezoid trapz tri tril tril_indices_from trim_zeros triu triu_indices_from trunc union1d unique
    unique_all unique_counts unique_inverse unique_values unravel_index unstack unwrap vander var vdot vecdot vecmat
    vsplit vstack where zeros zeros_like
""".split()  # noqa: SIM905

METHODS_OF_UFUNCS = """
    add.accumulate add.outer add.reduce arctan2.outer bitwise_and.outer bitwise_or.outer bitwise_xor.outer
    copysign.outer divide.outer equal.outer float_power.outer floor_divide.outer fmax.outer fmin.outer fmod.outer
    greater.outer greater_equal.outer heaviside.outer hypot.outer ldexp.outer less.outer less_equal.outer
    logaddexp.outer logaddexp2.outer logical_and.outer logical_or.outer logical_xor.outer maximum.outer minimum.outer
    multiply.accumulate multiply.outer multiply.reduce nextafter.outer not_equal.outer power.outer remainder.outer
    subtract.outer
""".split()  # noqa: SIM905

METHODS_OF_ARRAYS = """
    astype copy item reshape sum transpose
""".split()  # noqa: SIM905



def found_in_numpy(path):
    found = np
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


SAMPLED = {id(REGISTRY[function]) for function in SAMPLES if function in REGISTRY}


def is_answered(key):
    """Whether a function has a rule that is tested, or nothing to differentiate."""
    entry = REGISTRY.get(key)
    constant = isinstance(entry, Metadata) or (isinstance(entry, Op) and not entry.differentiable)
    return constant or id(entry) in SAMPLED


def answered():
    """(the forms that are answered, those that are not) of those that this numpy has."""
    forms = {name: is_answered(found_in_numpy(name)) for name in FUNCTIONS if found_in_numpy(name) is not None}
    for form in METHODS_OF_UFUNCS:
        name, _, method = form.partition(".")
        ufunc = getattr(np, name)
        forms[form] = is_answered(ufunc) if method == "outer" else is_answered((ufunc, method))
    forms |= {f"ndarray.{name}": hasattr(ad.Tensor, name) for name in METHODS_OF_ARRAYS}
    return [form for form, good in forms.items() if good], [form for form, good in forms.items() if not good]


def test_all_forms_are_answered():
    good, others = answered()
    assert len(good) >= 371 and others == []


if __name__ == "__main__":
    good, others = answered()
    print(f"{len(good)} of {len(good) + len(others)} forms are answered. Not: {', '.join(others)}")
