"""Errors of the type that TensorFlow or numpy would raise, saying what was given, what was expected and the way out."""

import re

import numpy as np
import pytest
import scipy.special

import autodiff as ad
from autodiff.core import dispatch
from autodiff.failures.missing import called, no_rule


def used_tape():
    x = ad.Value(2.0)
    with ad.Tape() as tape:
        y = x * x
    tape.gradient(y, x)
    return tape.gradient(y, x)


def in_a_tape(function, *arrays):
    xs = [ad.Variable(x) for x in arrays]
    with ad.Tape() as tape:
        y = function(*xs)
    return tape.gradient(y, xs)


def gradient_of(target=None, source=None, **options):
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = x * x
    return tape.gradient(y if target is None else target, x if source is None else source, **options)


def set_item():
    ad.constant([1.0, 2.0])[0] = 5.0


def in_place():
    v = ad.Variable([1.0])
    v += 1.0


def out_argument():
    np.add(ad.constant([1.0]), 1.0, out=np.zeros(1))


def enter_twice():
    with ad.Tape() as tape, tape:
        pass


def pause_unentered():
    with ad.Tape().stop_recording():
        pass


CASES = {
    "a used tape": (used_tape, RuntimeError, r"used at .*test_bad_input.py:\d+.*persistent=True"),
    "a tape never entered": (
        lambda: ad.Tape().gradient(ad.Value(1.0), ad.Value(1.0)),
        RuntimeError,
        "never entered.*with Tape",
    ),
    "a Variable of integers": (lambda: ad.Variable([1, 2]), TypeError, "int64.*3.0 instead of 3"),
    "an integer source": (lambda: gradient_of(source=ad.constant([1, 2])), TypeError, "int64.*no gradient.*float"),
    "watching integers": (lambda: ad.Tape().watch(ad.constant([1, 2])), TypeError, "int64.*3.0 instead of 3"),
    "a softplus of complex numbers": (lambda: in_a_tape(lambda x: ad.softplus(x * 1j), [1.0]), TypeError, "real numbers only"),
    "a complex jacobian": (lambda: ad.jacobian(np.exp)(np.array([1j])), TypeError, "two complex matrices"),
    "complex output_gradients": (
        lambda: ad.vjp(np.sin, np.ones(2))[1](np.array([1j, 1.0])), TypeError, "complex numbers for a target of real ones"),
    "a complex tangent": (lambda: ad.jvp(np.sin, (np.ones(1),), (np.array([1j]),)), TypeError, "does not fit a primal of real"),
    "watching an array": (lambda: ad.Tape().watch(np.ones(2)), ValueError, "ndarray.*constant"),
    "watching a float": (lambda: ad.Tape().watch(1.0), ValueError, "'float'"),
    "a float as target": (lambda: gradient_of(target=3.0), TypeError, "target is 3.0 of type float"),
    "an array as source": (lambda: gradient_of(source=np.ones(2)), TypeError, "source is .* of type ndarray.*constant"),
    "None among the sources": (lambda: gradient_of(source=[ad.Value(1.0), None]), TypeError, "entry 1.*NoneType"),
    "an unknown word for unconnected": (
        lambda: gradient_of(unconnected_gradients="ZERO"),
        ValueError,
        "'ZERO'.*none, zero, raise",
    ),
    "an unconnected source to raise": (
        lambda: gradient_of(source=ad.Value(1.0, name="w"), unconnected_gradients="raise"),
        ValueError,
        "does not depend on .* w",
    ),
    "output gradients of another shape": (lambda: gradient_of(output_gradients=[1.0, 2.0, 3.0]), ValueError, r"\(3,\).*\(2,\)"),
    "assigning another shape": (lambda: ad.Variable([1.0, 2.0]).assign([1.0]), ValueError, r"\(2,\).*\(1,\).*broadcast"),
    "subtracting another shape": (lambda: ad.Variable([1.0, 2.0]).assign_sub(1.0), ValueError, r"\(2,\).*\(\).*broadcast"),
    "matmul of unfitting shapes": (
        lambda: in_a_tape(np.matmul, np.ones((2, 3)), np.ones((2, 3))),
        ValueError,
        "not aligned|size 2 is different from 3",
    ),
    "add of unfitting shapes": (lambda: in_a_tape(np.add, np.ones(2), np.ones(3)), ValueError, r"shapes \(2,\) \(3,\)"),
    "a dict as a dtype": (lambda: ad.constant([1.0], dtype={"a": 1.0}), TypeError, "A dtype is wanted, but got {'a': 1.0}"),
    "a function without a rule": (
        lambda: in_a_tape(np.is_busday, np.ones(2)), TypeError, "np.is_busday has no",
    ),
    "a ufunc without a rule": (
        lambda: in_a_tape(np.frompyfunc(abs, 1, 1), np.ones(2)),
        TypeError,
        "has no derivative rule",
    ),
    "a function with a near relative": (
        lambda: dispatch.array_function(ad.constant(1.0), type("eigvalsy", (), {"__module__": "numpy.linalg"}), (), {}),
        TypeError,
        "np.linalg.eigvalsy has no.*np.linalg.eigvalsh",
    ),
    "an argument without a derivative": (
        lambda: in_a_tape(lambda x: np.nanquantile([1.0, 2.0], x), 0.5),
        TypeError,
        "`q` has a derivative without weights=",
    ),
    "a keyword without a derivative": (
        lambda: in_a_tape(lambda x: np.sum([1.0, 2.0] * x, initial=x), 0.5),
        TypeError,
        "respect to initial.*numpy()",
    ),
    "setting an item": (set_item, TypeError, "does not support item assignment.*np.where"),
    "an operator in place": (in_place, RuntimeError, "assign_add"),
    "an out argument": (out_argument, TypeError, "out="),
    "entering twice": (enter_twice, ValueError, "still recording"),
    "pausing a tape never entered": (pause_unentered, RuntimeError, "not recording"),
    "resetting a tape never entered": (lambda: ad.Tape().reset(), ValueError, "not recording"),
    "a Value of a string": (lambda: ad.Value("x"), TypeError, "'x' of type str"),
    "a Value of a list": (lambda: ad.Value([1.0, 2.0]), TypeError, "one number"),
    "a Variable of nothing": (lambda: ad.Variable(), TypeError, "initial_value"),
}


@pytest.mark.parametrize("act, error, message", CASES.values(), ids=CASES)
def test_bad_input(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_near_functions_are_those_that_a_user_can_write():
    """The registry also has helpers of rules, `_poly_of_matrix`, and methods of ufuncs, `reduceat`."""
    offered = set()
    for known in filter(callable, dispatch.REGISTRY):
        text = no_rule(type(called(known).rpartition(".")[2] + "y", (), {"__module__": "autodiff"}), [known])
        offered.update(re.findall(r"Near ones with a rule: (.*?)\. On", text))
    assert len(offered) > 300
    assert not [name for name in offered if not callable(eval(name, {"np": np, "ad": ad, "scipy": scipy}))]


def test_an_argument_that_is_refused_does_not_use_up_the_tape():
    x = ad.Value(3.0)
    with ad.Tape() as tape:
        y = x * x
    with pytest.raises(ValueError):
        tape.gradient(y, x, unconnected_gradients="nonsense")
    assert float(tape.gradient(y, x)) == 6.0
