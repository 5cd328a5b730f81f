"""What is wrong with what came of a call: "" if nothing is."""

import contextlib
import io
import os
import signal
import traceback
import warnings
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

import autodiff as ad
import nn

SECONDS = 5
BARE = (
    AttributeError,
    KeyError,
    IndexError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    NameError,
    SystemError,
    StopIteration,
    ReferenceError,
)
BARE_WORDS = (
    "not iterable",
    "is not callable",
    "has no attribute",
    "object expected; got",
    "not subscriptable",
    "has no len()",
    "cannot unpack",
    "unhashable type",
    "must be real number, not",
    "not an iterator",
    "object is not a mapping",
)
TOLERANCES = {2: 2e-2, 4: 2e-4}


class Hang(BaseException):
    pass


@dataclass
class Outcome:
    value: object = None
    error: BaseException | None = None


def on_alarm(*_):
    raise Hang


def outcome(function, args, keywords):
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        signal.signal(signal.SIGALRM, on_alarm)
        signal.alarm(SECONDS)
        try:
            return Outcome(function(*args, **keywords))
        except Hang as hang:
            return Outcome(error=hang)
        except Exception as error:
            return Outcome(error=error)
        finally:
            signal.alarm(0)


def judged(call):
    """What is wrong with a call, in a line."""
    if "stack" in call.text and any(isinstance(x, np.matrix) for x in call.args):  # numpy's own np.stack ends the process
        return ""
    before, state = [state_of(x) for x in (*call.args, *call.keywords.values())], np.geterr()
    want = numpys_outcome(call)
    if want is not None and isinstance(want.error, Hang):
        return ""
    with ad.Tape(persistent=True) as tape:
        got = outcome(call.function, call.args, call.keywords)
    try:
        return (
            wrong_error(got.error, None if want is None else want.error, call)
            if got.error is not None
            else wrong_number(got.value, want, call) or wrong_gradient(tape, got.value, call)
            if want is not None
            else ""
        ) or changed(call, before, state)
    finally:
        nn.set_floatx("float32")


def numpys_outcome(call):
    """What numpy's function gives or raises; None if there is none."""
    if call.numpys is None:
        return None
    args, keywords = call.reference
    tracked = call.text.startswith(("Tensor.", "Variable.", "MutableTensor.", "Value.")) or any(
        map(has_boxes, [*call.args, *call.keywords.values()])
    )
    if tracked and "overwrite_input" in keywords:
        keywords = {**keywords, "overwrite_input": False}  # we never overwrite
    if tracked and "nan_to_num" in call.text:  # we never write into what is given
        keywords = {**keywords, "copy": True}
    if tracked and "keepdims" in keywords:  # a flag of ours is whatever is true or false
        flag = outcome(bool, [keywords["keepdims"]], {})
        keywords = {**keywords, "keepdims": keywords["keepdims"] if flag.error else flag.value}
    want = outcome(call.numpys, args, keywords)
    of_objects = any(getattr(getattr(y, "dtype", None), "kind", "") == "O" for y in flat(want.value))
    if tracked and (of_objects or isinstance(want.error, (AttributeError, TypeError))):
        # we take a Fraction for a number, a list of boxes for an array
        again = [as_we_take_it(x, mine) for x, mine in zip(args, call.args)]
        want = outcome(call.numpys, again, keywords) if any(a is not b for a, b in zip(args, again)) else want
    return want


def as_we_take_it(x, mine):
    if is_list_of_boxes(mine):
        with contextlib.suppress(ValueError):  # a ragged one
            return np.asarray(x)
    return float(x) if isinstance(x, Fraction) else x


def is_list_of_boxes(x):
    return isinstance(x, (list, tuple)) and len(x) > 0 and isinstance(x[0], (ad.Value, ad.Tensor))


def has_boxes(x):
    return isinstance(x, (ad.Value, ad.Tensor)) or is_list_of_boxes(x)


def is_defined(call, results=()):
    """Whether numpy says which numbers it gives: where `where` leaves some out, a ufunc leaves what lay in the memory; and what
    becomes of infinities, among the results too, and of half precision in a polynomial depends on the order of its sums."""
    function = call.numpys
    if str(getattr(function, "__module__", "")).startswith(("numpy.polynomial", "autodiff.polynomial")):
        arrays = [x for x in map(np.asarray, map(raw, [*flat(call.args), *results])) if x.dtype.kind in "fc"]
        return all(np.isfinite(x).all() and x.dtype != np.float16 for x in arrays)
    return not isinstance(function, np.ufunc) or call.keywords.get("where", True) is True


def wrong_error(error, wanted, call):
    if isinstance(error, Hang):
        return f"hangs: more than {SECONDS} s"
    if isinstance(error, MemoryError) or (wanted is not None and isinstance(error, type(wanted))):
        return ""
    text = str(error)
    bare = (isinstance(error, BARE) and not isinstance(error, (ValueError, TypeError))) or (
        isinstance(error, (TypeError, ValueError)) and any(word in text for word in BARE_WORDS)
    )
    if bare and not raised_by_the_caller(error, call) and not (isinstance(wanted, BARE) and in_numpy(error)):
        return f"bare error: {type(error).__name__}: {text[:150]!r} at {place(error)}"
    return "" if text else f"an error without words: {type(error).__name__} at {place(error)}"


def place(error):
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno} in {last.name}"


def raised_by_the_caller(error, call):
    """Whether the call itself could not be made, or a function of the pool raised it; or numpy, of what is no box."""
    frames = traceback.extract_tb(error.__traceback__)
    of_numpy = call.numpys is None and call.text.startswith("ad.") and in_numpy(error)
    as_numpys = isinstance(error, IndexError) and ("item__(" in call.text or ".put(" in call.text)  # x[9] and y[9] = 1
    no_attribute = isinstance(error, AttributeError) and (
        "attribute(" in call.text  # as of getattr and setattr
        or (  # numpy asks objects for methods
            ("objects" in call.text or "Fraction" in call.text) and not isinstance(call.args[0], (ad.Value, ad.Tensor))
        )
    )
    too_large = isinstance(error, OverflowError) and "10**400" in call.text and any(
        part in call.text for part in ("__(", "ad.dot(", "tf.linspace(", "nn.activations.", "nn.regularizers.", "nn.metrics.",
                                     "Tensor.", "Variable.")
    )  # array + 10**400, which is numpy's error
    of_pool = frames[-1].filename.endswith(f"fuzz{os.sep}pool.py") or f"{os.sep}samples{os.sep}" in frames[-1].filename
    return len(frames) < 2 or of_pool or of_numpy or as_numpys or too_large or no_attribute


def in_numpy(error):
    return f"{os.sep}numpy{os.sep}" in traceback.extract_tb(error.__traceback__)[-1].filename


# -- numbers -------------------------------------------------------------------------------------------------------------------


def flat(y, depth=0):
    if isinstance(y, dict):
        y = list(y.values())
    if isinstance(y, (list, tuple)) and depth < 9:
        return [leaf for part in y for leaf in flat(part, depth + 1)]
    return [y]


def raw(x):
    return x._raw() if hasattr(x, "_raw") else x


def wrong_number(value, want, call):
    if want.error is not None:
        return f"numpy raises {type(want.error).__name__}: {str(want.error)[:80]!r}, ours gives {value!r:.60}"
    mine, numpys = flat(value), flat(want.value)
    if not is_defined(call, numpys):
        return ""
    if len(mine) != len(numpys):
        return f"{len(mine)} results, numpy has {len(numpys)}"
    for x, y in zip(mine, numpys):
        x = raw(x)
        if x is y:  # what was given, handed back
            continue
        if np.shape(x) != np.shape(y):
            return f"shape {np.shape(x)}, numpy has {np.shape(y)}"
        a, b = np.asarray(x), np.asarray(y)
        if not isinstance(x, (float, int)) and a.dtype.kind != b.dtype.kind:
            return f"dtype {a.dtype}, numpy has {b.dtype}"
        if a.dtype.kind in "fiubc" and b.dtype.kind in "fiubc":
            rough = max(TOLERANCES.get(part.dtype.itemsize if part.dtype.kind == "f" else 8, 1e-7) for part in (a, b))
            with np.errstate(all="ignore"):
                scale = np.max(np.abs(b[np.isfinite(b)]), initial=1.0)
                if not np.allclose(a, b, rtol=rough, atol=rough * float(min(scale, 1e300)), equal_nan=True):
                    return f"numbers {str(a)[:60]}, numpy has {str(b)[:60]}"
    return ""


def wrong_gradient(tape, value, call):
    targets = [y for y in flat(value) if isinstance(y, (ad.Tensor, ad.Value)) and np.asarray(raw(y)).dtype.kind == "f"]
    sources = [x for x in flat(call.args) if isinstance(x, (ad.Variable, ad.Value)) and x.trainable]
    if not targets or not sources:
        return ""
    with np.errstate(all="ignore"):
        got = outcome(tape.gradient, (targets, sources), {})
    if got.error is None or "have no derivative" in str(got.error) or "not unique" in str(got.error):
        return ""
    return f"the gradient raises {type(got.error).__name__}: {str(got.error)[:100]!r} at {place(got.error)}"


# -- objects -------------------------------------------------------------------------------------------------------------------


def state_of(x):
    """What must be the same after the call."""
    x = raw(x)
    if isinstance(x, np.ndarray) and x.dtype.char in "gG":
        return x.shape, x.dtype, str(x.tolist())  # some bytes of these numbers mean nothing
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype, x.tobytes() if x.dtype.kind in "fiubc" else None
    return [id(part) for part in x] if isinstance(x, list) else None


def changed(call, before, state):
    numpys = [*call.reference[0], *call.reference[1].values()] if call.numpys is not None else [None] * len(before)
    for k, (x, was, numpys_x) in enumerate(zip((*call.args, *call.keywords.values()), before, numpys)):
        as_numpy = isinstance(x, np.ndarray) and isinstance(numpys_x, np.ndarray) and state_of(x) == state_of(numpys_x)
        if state_of(x) != was and not as_numpy and "assign" not in call.text and "setitem" not in call.text:
            return f"argument {k} is changed"
    if np.geterr() != state:
        return "numpy's error state is changed"
    return "" if not nn.settings.is_training() else "training is left on"
