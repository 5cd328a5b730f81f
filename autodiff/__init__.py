"""An autograd engine for scalars and arrays: record with `Tape`, ask it for the `gradient`.

>>> import autodiff as ad
>>> w = ad.Value(3.0)
>>> with ad.Tape() as tape:
...     loss = (w - 1.0) ** 2
>>> tape.gradient(loss, w)
Value(4.0)
"""

# Each module says in its `__all__` what is for users.
from typing import TYPE_CHECKING, Any

import numpy as _numpy

from autodiff import fft as fft
from autodiff import linalg as linalg
from autodiff.batching import *
from autodiff.boxes.mutable import MutableTensor as MutableTensor
from autodiff.boxes.tensor import Tensor as Tensor
from autodiff.boxes.variable import Variable as Variable
from autodiff.boxes.variable import constant as constant
from autodiff.boxes.variable import convert_to_tensor as convert_to_tensor
from autodiff.build import *
from autodiff.build import __version__ as __version__
from autodiff.build import warn_without_gil
from autodiff.core.recorder import Recorder as Recorder
from autodiff.custom import *
from autodiff.derivatives import *
from autodiff.failures import elsewhere
from autodiff.files import *
from autodiff.naming import *
from autodiff.plain import *
from autodiff.rules.arithmetic import *
from autodiff.rules.complex_numbers import *
from autodiff.rules.creation import *
from autodiff.rules.einsum import *
from autodiff.rules.elementary import *
from autodiff.rules.floats import *
from autodiff.rules.folds import *
from autodiff.rules.histograms import *
from autodiff.rules.images import *
from autodiff.rules.indexing import *
from autodiff.rules.joining import *
from autodiff.rules.mapping import *
from autodiff.rules.margins import *
from autodiff.rules.missing import *
from autodiff.rules.polynomials import *
from autodiff.rules.pooling import *
from autodiff.rules.products import *
from autodiff.rules.recurrent import *
from autodiff.rules.reductions import *
from autodiff.rules.scimath import *
from autodiff.rules.sets import *
from autodiff.rules.shapes import *
from autodiff.rules.signal import *
from autodiff.rules.softmax import *
from autodiff.rules.sorting import *
from autodiff.rules.special import *
from autodiff.rules.statistics import *
from autodiff.rules.trigonometric import *
from autodiff.rules.whole import *
from autodiff.rules.writing import *
from autodiff.scalar.value import Value as Value
from autodiff.scopes import *
from autodiff.tape import *
from autodiff.totals import *

abs = absolute

if TYPE_CHECKING:
    from autodiff import micrograd as micrograd
    from autodiff import nest as nest
    from autodiff import polynomial as polynomial
    from autodiff.check import *
    from autodiff.debugging import *
    from autodiff.drawing import *
    from autodiff.functions import *

ON_FIRST_USE = {  # from a name to the package that is loaded when it is first used
    **dict.fromkeys(("Verdict", "check_gradients"), "autodiff.check"),
    **dict.fromkeys(("NonFiniteError", "debug"), "autodiff.debugging"),
    **dict.fromkeys(
        (
            "Function", "NotTraceable", "attribute", "cond", "function", "init_scope", "is_tracing", "load_function",
            "py_function", "set_attribute", "variables_of",
        ),
        "autodiff.functions",
    ),
    **dict.fromkeys(("NoGraphviz", "Picture", "Player", "Zoom", "draw", "play", "show", "zoom"), "autodiff.drawing"),
}
MODULES = ("micrograd", "nest", "polynomial", "scipy")  # of this package, loaded when first used; scipy itself later than that


def _say_where_they_are(module: str, names: dict[str, Any]) -> None:
    """Functions that stand for numpy's have its module's name. They get the name of ours, by which pickle finds them; the
    examples in their docstrings are numpy's, and doctest would take them for ours."""
    for name, function in names.items():
        foreign = hasattr(function, "__wrapped__") and not function.__module__.startswith("autodiff.rules")
        if foreign and function.__name__ == name:
            function.__module__, function.__qualname__ = module, name
            text = (function.__doc__ or "").partition("\n    Examples\n")[0].partition(">>>")[0]
            function.__doc__ = text.partition("References\n")[0].rstrip()


_say_where_they_are("autodiff.fft", vars(fft))
_say_where_they_are("autodiff.linalg", vars(linalg))
_say_where_they_are("autodiff", globals())
warn_without_gil()
for _kind, _names in ((Tensor, elsewhere.OF_BOXES), (Value, elsewhere.OF_BOXES), (Tape, elsewhere.OF_TAPES)):
    elsewhere.lack(_kind, _names)


def __getattr__(name: str) -> Any:
    import importlib

    if name in ON_FIRST_USE:
        globals()[name] = found = getattr(importlib.import_module(ON_FIRST_USE[name]), name)
        return found
    if name in MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise elsewhere.lacking(__name__, name, __dir__(), elsewhere.OF_PACKAGE, _numpy)


def __dir__() -> list[str]:
    return sorted({*globals(), *ON_FIRST_USE, *MODULES})
