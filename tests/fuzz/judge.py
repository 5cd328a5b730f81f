"""What is wrong with what came of a call: "" if nothing is."""

import contextlib
import io
import os
import signal
import traceback
import warnings
from dataclasses import dataclass

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
    before, state = [state_of(x) for x in (*call.args, *call.keywords.values())], np.geterr()
    want = None if call.reference is None else outcome(call.function, *call.reference)
    if want is not None and isinstance(want.error, Hang):
        return ""
    with ad.Tape(persistent=True) as tape:
        got = outcome(call.function, call.args, call.keywords)
    try:
        return (
            wrong_error(got.error, None if want is None else want.error, call)
            if got.error is not None
            else wrong_number(got.value, want) or wrong_gradient(tape, got.value, call)
            if want is not None
            else ""
        ) or changed(call, before, state)
    finally:
        nn.set_floatx("float32")


def wrong_error(error, wanted, call):
    if isinstance(error, Hang):
        return f"hangs: more than {SECONDS} s"
    if isinstance(error, MemoryError) or (wanted is not None and isinstance(error, type(wanted))):
        return ""
    text = str(error)
    bare = (isinstance(error, BARE) and not isinstance(error, (ValueError, TypeError))) or (
        isinstance(error, (TypeError, ValueError)) and any(word in text for word in BARE_WORDS)
    )
    if bare and not raised_by_the_caller(error, call):
        return f"bare error: {type(error).__name__}: {text[:150]!r} at {place(error)}"
    return "" if text else f"an error without words: {type(error).__name__} at {place(error)}"


def place(error):
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno} in {last.name}"


def raised_by_the_caller(error, call):
    """Whether the call itself could not be made, or a function of the pool raised it; or numpy, of what is no box."""
    frames = traceback.extract_tb(error.__traceback__)
    of_numpy = call.reference is None and call.text.startswith("ad.") and f"{os.sep}numpy{os.sep}" in frames[-1].filename
    as_numpys = isinstance(error, IndexError) and "item__(" in call.text  # x[9] and y[9] = 1
    too_large = isinstance(error, OverflowError) and "10**400" in call.text and any(
        part in call.text for part in ("__(", "nn.activations.", "nn.regularizers.")  # array + 10**400
    )
    return len(frames) < 2 or frames[-1].filename.endswith(f"fuzz{os.sep}pool.py") or of_numpy or as_numpys or too_large


# -- numbers -------------------------------------------------------------------------------------------------------------------


def flat(y, depth=0):
    if isinstance(y, dict):
        y = list(y.values())
    if isinstance(y, (list, tuple)) and depth < 9:
        return [leaf for part in y for leaf in flat(part, depth + 1)]
    return [y]


def raw(x):
    return x._raw() if hasattr(x, "_raw") else x


def wrong_number(value, want):
    if want.error is not None:
        return f"numpy raises {type(want.error).__name__}: {str(want.error)[:80]!r}, ours gives {value!r:.60}"
    mine, numpys = flat(value), flat(want.value)
    if len(mine) != len(numpys):
        return f"{len(mine)} results, numpy has {len(numpys)}"
    for x, y in zip(mine, numpys):
        x = raw(x)
        if x is y:  # what was given, handed back
            continue
        if np.shape(x) != np.shape(y):
            return f"shape {np.shape(x)}, numpy has {np.shape(y)}"
        a, b = np.asarray(x), np.asarray(y)
        if a.dtype.kind in "fiubc" and b.dtype.kind in "fiubc":
            if not isinstance(x, (float, int)) and a.dtype.kind != b.dtype.kind:
                return f"dtype {a.dtype}, numpy has {b.dtype}"
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
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype, x.tobytes() if x.dtype.kind in "fiubc" else None
    return [id(part) for part in x] if isinstance(x, list) else None


def changed(call, before, state):
    for k, (x, was) in enumerate(zip((*call.args, *call.keywords.values()), before)):
        if state_of(x) != was and "assign" not in call.text and "setitem" not in call.text:
            return f"argument {k} is changed"
    if np.geterr() != state:
        return "numpy's error state is changed"
    return "" if not nn.settings.is_training() else "training is left on"
