"""A Value holds one real number. It meets complex arrays; of complex numbers it says so, and names the way out."""

import operator

import numpy as np
import pytest
from together import each

import autodiff as ad

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv, divmod]
NUMBERS = [1 + 2j, np.complex128(1 + 2j), np.complex64(1 + 2j), np.array(1 + 2j)]
OTHERS = {
    "a Value of it": lambda w, z: ad.Value(z),
    "np.multiply": lambda w, z: np.multiply(w, z),
    "np.add, turned": lambda w, z: np.add(z, w),
    "ad.add": lambda w, z: ad.add(w, z),
    "np.where": lambda w, z: np.where(True, w, z),
    "sum": lambda w, z: sum([w, z]),
    "a complex root": lambda w, z: np.emath.sqrt(-w),
    "a Value of a Tensor": lambda w, z: ad.Value(ad.constant(z)),
}


@pytest.mark.parametrize("z", NUMBERS, ids=["complex", "complex128", "complex64", "array"])
@each("f", {f.__name__: f for f in OPERATORS} | OTHERS)
@pytest.mark.parametrize("recorded", [True, False])
def test_a_complex_number_is_refused_in_words(f, z, recorded):
    w = ad.Value(2.0)
    if f in (operator.mod, operator.floordiv, divmod) and type(z) is not complex:
        return  # numpy has no such function of complex numbers, and says that
    calls = [lambda: f(w, z), lambda: f(z, w)] if f in OPERATORS else [lambda: f(w, z)]
    for call in calls:
        with ad.Tape() as tape, pytest.raises(TypeError, match=r"holds one real number.*complex.*ad\.constant\(1 \+ 2j\)"):
            if not recorded:
                with tape.stop_recording():
                    call()
            call()


@pytest.mark.parametrize("f", OPERATORS[:5], ids=[f.__name__ for f in OPERATORS[:5]])
@pytest.mark.parametrize("z", [ad.constant(1 + 2j), ad.constant([1j, 2.0]), np.array([1j, 2.0])], ids=["0-d", "box", "array"])
def test_the_way_out(f, z):
    w = ad.Value(2.0)
    for call in (lambda w: f(w, z), lambda w: f(z, w)):
        with ad.Tape() as tape:
            y = np.sum(np.abs(call(w)) ** 2)
        slope = tape.gradient(y, w)
        plain = ad.constant(2.0 + 1e-6), ad.constant(2.0 - 1e-6)
        ahead, behind = (float(np.sum(np.abs(call(x)) ** 2)) for x in plain)
        assert isinstance(slope, ad.Value)
        assert float(slope) == pytest.approx((ahead - behind) / 2e-6, rel=1e-6)


def test_other_objects_are_asked_as_before():
    class Other:
        def __radd__(self, other):
            return "asked"

    assert ad.Value(2.0) + Other() == "asked"
    with pytest.raises(TypeError, match="unsupported operand"):
        ad.Value(2.0) + "2"
    assert ad.Value(2.0) != 1j
