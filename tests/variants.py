"""Every sample in other forms, as PyTorch tries each op on a standard list of them: the same numbers in another memory layout,
other floats, no dimension, no numbers. And what is wrong with what came of a call, next to what numpy makes of it.

A form is a function of one array. It is given every array among a sample's arguments; None says that there is no such form.
"""

import os
import traceback
from operator import getitem

import numpy as np
from samples import leaves, planted

import autodiff as ad
from autodiff.core.registry import REGISTRY, Decomposition


def every_second(x):
    wide = np.zeros([2 * n for n in x.shape], x.dtype)
    wide[(slice(None, None, 2),) * x.ndim] = x
    return wide[(slice(None, None, 2),) * x.ndim] if x.ndim else None


def backwards(x):
    key = (slice(None, None, -1),) * x.ndim
    return x[key].copy()[key] if x.ndim else None


def unaligned(x):
    y = np.zeros(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    y[...] = x
    return y


def read_only(x):
    y = x.copy()
    y.flags.writeable = False
    return y


LAYOUTS = {
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")), "every second": every_second, "backwards": backwards,
    "columns": lambda x: np.asfortranarray(x) if x.ndim > 1 else None, "read-only": read_only, "unaligned": unaligned,
}  # fmt: skip
REORDERED = {"every second", "backwards", "columns"}  # numpy and BLAS round otherwise there, in the last bit
FLOATS = {"half": np.float16, "single": np.float32}
SHAPES = {
    "0-d": lambda x: np.array(x.flat[0]) if x.size else None,
    "without rows": lambda x: x[:0] if x.ndim else None,
    "without columns": lambda x: x[..., :0] if x.ndim > 1 else None,
}


def forms(row):
    """(the name of a form, args, keywords), for each form of a row: in SHAPES of all its float arrays, and of each alone."""
    for name, form in LAYOUTS.items():
        if all(form(x) is not None for x in arrays((row.args, *row.keywords.values()))):
            yield name, formed(row.args, form), {key: formed(x, form) for key, x in row.keywords.items()}
    for name, dtype in FLOATS.items():
        yield name, formed(row.args, lambda x, dtype=dtype: x.astype(dtype) if x.dtype.kind == "f" else x), row.keywords
    xs = leaves(row.args)
    for name, form in SHAPES.items():
        for chosen in {tuple(range(len(xs))), *((k,) for k in range(len(xs)))}:
            some = [form(x) if k in chosen else x for k, x in enumerate(xs)]
            if all(x is not None for x in some):
                yield f"{name}{list(chosen)}", planted(row.args, iter(some)), row.keywords


def arrays(x):
    """Every array in an argument, also of whole numbers."""
    if isinstance(x, (list, tuple)):
        return [part for own in x for part in arrays(own)]
    return [x] if isinstance(x, np.ndarray) else []


def formed(x, form):
    """The argument with every array in a form."""
    if isinstance(x, (list, tuple)):
        return type(x)(formed(part, form) for part in x)
    return form(x) if isinstance(x, np.ndarray) else x


# -- a call, and the same of numpy -----------------------------------------------------------------------------------


def outcome(function, args, keywords):
    """What a call returns, or the exception that it raises. (A test of many calls turns warnings off once.)"""
    try:
        return function(*args, **keywords)
    except Exception as error:
        return error


def differentiated(function, args, keywords):
    """(outputs as arrays, the gradients of their sum with respect to the boxes among the arguments, or the exception that the
    gradient raises)."""
    boxes = floating_boxes(args)
    with ad.Tape() as tape:
        tape.watch(boxes)
        ys = listed(function(*args, **keywords))
    targets = [y for y in ys if isinstance(y, (ad.Tensor, ad.Value)) and raw(y).dtype.kind == "f"]
    return [raw(y) for y in ys], outcome(tape.gradient, (targets, boxes), {"unconnected_gradients": "zero"}) if targets else []


def floating_boxes(x):
    if isinstance(x, (list, tuple)):
        return [box for part in x for box in floating_boxes(part)]
    return [x] if isinstance(x, ad.Tensor) and x.dtype.kind == "f" else []


def listed(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def raw(y):
    return np.asarray(y._raw() if hasattr(y, "_raw") else y)


# -- what is wrong ---------------------------------------------------------------------------------------------------

HERE = os.path.dirname(ad.__file__)
BARE = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, RuntimeError, StopIteration)
POLICY = (  # where our words say that what numpy computes has no derivative here, or is memory of others (the diagonal)
    "does not take", "is not taken here", "has no derivative", "have no derivative", "no rule for mode", "are not unique",
    "An operand should be", "can't take the diagonal", "takes order", "positional argument",
    "inputs, but got", "cross takes vectors", "takes the plain array out",
    "would lose their gradient",
)  # fmt: skip


def wrong_error(got, want, function):
    """What is wrong with an exception, where numpy's function raises `want`, or returns it."""
    name = "" if function is getitem or hasattr(function, "stands_for") else function.__name__
    text = "\n".join([str(got), *getattr(got, "__notes__", [])])
    if isinstance(got, (TypeError, ValueError)) and any(words in text for words in POLICY):
        return "" if name in text or raised_before(got) else f"the refusal does not name {name}: {text!r}"
    if not isinstance(want, Exception):
        if not numbers(want) and isinstance(got, (TypeError, ValueError)):
            return ""
        return f"raises {got!r}, where numpy has {want!r:.60}"
    alike = any(isinstance(got, kind) and isinstance(want, kind) for kind in (type(want), TypeError, ValueError))
    if not alike and not (isinstance(want, BARE) and isinstance(got, (TypeError, ValueError))):
        return f"raises {got!r}, numpy {want!r}"
    if name in text or raised_before(got) or "inhomogeneous" in text:  # the last: lists of which numpy makes no array
        return ""
    return f"the error does not name {name}: {text!r}"


def numbers(y):
    """Whether what numpy returned is numbers."""
    return all(raw(part).dtype.kind in "fiubc" for part in listed(y))


def raised_before(error):
    """Whether numpy raised the error before it asked us, or asked us for a part of the function."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    compiled = f"autodiff{os.sep}"  # whose frames have such a name
    first = next((k for k, name in enumerate(files) if name.startswith((HERE, compiled))), len(files))
    return first == len(files) or f"{os.sep}numpy{os.sep}" in files[first - 1]


def native(dtype):
    """The dtype in the byte order of this machine: in which order numpy's own results are depends on the function."""
    return dtype.newbyteorder("=")


def bits(x):
    return x.astype(native(x.dtype), order="C").tobytes()


def near(x, y, ulps):
    """Whether two arrays are equal but for so many roundings of their largest number."""
    if x.dtype.kind not in "fc":
        return np.array_equal(x, y)
    eps = ulps * np.finfo(x.dtype).eps
    with np.errstate(all="ignore"):
        scale = np.max(np.abs(y), initial=1.0, where=np.isfinite(y))
        return np.allclose(x.astype("D"), y.astype("D"), rtol=eps, atol=min(eps * scale, 1e300), equal_nan=True)


# numpy goes to float64 for a list or number of Python's among the arguments, or always. Here float32 stays float32.
WIDER = (np.cov, np.corrcoef, np.diff, np.interp, np.quantile, np.percentile, np.nanquantile, np.nanpercentile)


def stays_narrow(function, y, z):
    return function in WIDER and y.shape == z.shape and y.dtype in (np.float16, np.float32) and z.dtype == np.float64


def wrong_outputs(function, ys, want, ulps=64, given=None):
    """What is wrong with outputs, next to numpy's: those of an op have its bits, those of a function that is written in terms
    of ops its numbers, as far as a `given` dtype of its arguments holds them."""
    want = [np.asarray(y) for y in listed(want)]
    if len(ys) != len(want):
        return f"{len(ys)} outputs, numpy has {len(want)}"
    exact = not isinstance(REGISTRY.get(getattr(function, "stands_for", function)), Decomposition)
    for y, z in zip(ys, want):
        if y.shape == z.shape and y.dtype.kind == z.dtype.kind and y.dtype.kind in "iu":  # of whatever width
            y = y.astype(z.dtype)
        if (y.shape, native(y.dtype)) != (z.shape, native(z.dtype)) and not stays_narrow(function, y, z):
            return f"shape {y.shape} of {y.dtype}, numpy has {z.shape} of {z.dtype}"
        if function is np.partition:  # only the number at the place is promised to stand where it belongs
            y, z = np.sort(y, axis=None), np.sort(z, axis=None)
        if y.dtype.kind == "O":
            continue
        if given is not None and not exact and z.dtype.kind == "f" and z.dtype.itemsize > np.dtype(given).itemsize:
            y, z = y.astype(given), z.astype(given)
        if bits(y) != bits(z) and (exact or not near(y, z.astype(y.dtype), ulps)):
            return f"numbers {y}, numpy has {z}"
    return ""
