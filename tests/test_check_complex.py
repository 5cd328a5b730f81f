"""check_gradients and debug of complex numbers: two real numbers each."""

import numpy as np
import pytest

import autodiff as ad

rng = np.random.default_rng(11)
Z, M = (rng.normal(size=shape) + 1j * rng.normal(size=shape) for shape in ((3,), (3, 3)))
HERMITIAN, POSITIVE = M + M.conj().T + 6 * np.eye(3), M @ M.conj().T + np.eye(3)

RIGHT = {
    "holomorphic": (np.exp, Z),
    "to real numbers": (np.abs, Z),
    "an angle": (np.angle, Z),
    "the conjugate": (np.conj, Z),
    "of real numbers": (lambda x: x * 1j, Z.real),
    "of real and complex ones": (lambda a, x, b: a @ x + b, M, Z, Z.real),
    "a number": (lambda z: z * z, 1 + 2j),
    "single precision": (lambda z: np.exp(z), Z.astype(np.complex64)),
    "a transform": (lambda z: np.abs(np.fft.fft(z)) ** 2, Z),
    "a transform of real numbers": (np.fft.rfft, np.arange(5.0)),
    "a transform to real numbers": (lambda z: np.fft.irfft(z), Z),
    "linear algebra": (np.linalg.inv, M),
    "inside vmap": (ad.vmap(lambda row: np.sum(row * row)), M),
    "a dict": (lambda p: {"y": p["a"] * p["b"]}, {"a": Z, "b": 2.0}),
}


@pytest.mark.parametrize("function, args", [(c[0], c[1:]) for c in RIGHT.values()], ids=RIGHT)
def test_right_gradients_pass_to_order_2(function, args):
    verdict = ad.check_gradients(function, *args, order=2)
    assert verdict.kind == "pass" and verdict.order == 2, verdict


def test_each_complex_number_counts_twice():
    assert "6 numbers" in ad.check_gradients(np.exp, Z).message


def test_variables():
    class Scale:
        trainable_variables = (ad.Variable(Z, name="scale"),)

        def __call__(self, x):
            return self.trainable_variables[0] * x

    assert "12 numbers" in ad.check_gradients(Scale(), Z, order=2).message


@pytest.mark.parametrize("function, x, name", [
    (np.linalg.cholesky, POSITIVE, "cholesky"), (np.linalg.eigvalsh, HERMITIAN, "eigvalsh"),
    (lambda h: np.linalg.eigh(h)[0], HERMITIAN, "eigh"),  # of whose vectors the phases are free
    (lambda h: np.abs(np.linalg.eigh(h)[1]), HERMITIAN, "eigh"),
])  # fmt: skip
def test_a_function_that_reads_one_triangle_is_checked_along_hermitian_directions(function, x, name):
    verdict = ad.check_gradients(function, x, order=2)
    assert verdict.order == 2 and "as " + name in verdict.message, verdict


def of(function, rule):
    return ad.custom_gradient(lambda z: (function(z), lambda g: rule(g, z)))


WRONG = {
    "no conjugate": (of(np.exp, lambda g, z: g * np.exp(z)), "np.conj"),
    "no conjugate, of a magnitude": (of(lambda z: np.abs(z) ** 2, lambda g, z: 2 * g * np.conj(z)), "np.conj"),
    "twice too large": (of(lambda z: z * z, lambda g, z: 4 * g * np.conj(z)), "factor 2"),
    "its sign": (of(lambda z: z * z, lambda g, z: -2 * g * np.conj(z)), "sign"),
    "the real part alone": (of(lambda z: np.abs(z) ** 2, lambda g, z: 2 * g * np.real(z)), "imaginary part"),
}


@pytest.mark.parametrize("function, words", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("size", [3, 500])
def test_wrong_gradients_are_found(function, words, size):
    verdict = ad.check_gradients(function, np.resize(Z, size))
    assert verdict.kind == "wrong" and "the op at fault is <lambda>" in verdict.message, verdict
    assert words in verdict.message or (size > 100 and "np.conj" in words), verdict


def test_a_rule_that_is_right_passes():
    assert ad.check_gradients(of(np.exp, lambda g, z: g * np.conj(np.exp(z))), Z).kind == "pass"


def test_a_kink_and_a_result_that_is_not_finite():
    assert ad.check_gradients(lambda z: np.where(np.real(z) > 0, z, 2 * z), np.array([1j, 1.0])).kind == "kink"
    verdict = ad.check_gradients(np.log, np.array([0j, 1.0]))
    assert verdict.kind == "nonfinite" and "result 0 at [0]" in verdict.message


# -- debug -------------------------------------------------------------------------------------------------------------------

z = ad.Variable([1 + 2j, 0j, 3 - 1j], name="z")
NOT_FINITE = {
    "log": (lambda: np.log(z), "log: 1 of 3 results is not finite: inf, the first at [1]"),
    "divide": (lambda: 1 / z, "divide: 1 of 3 results"),
    "exp": (lambda: np.exp(z * 1000), "exp: 2 of 3 results are not finite"),
    "data": (lambda: ad.Variable([1 + 2j, np.nan], name="w") * 2, "the Variable 'w', has 1 nan among 2 numbers"),
    "gradient": (lambda: ad.grad(lambda x: np.sum(np.real(np.sqrt(x))))(z), "sqrt"),
}


@pytest.mark.parametrize("program, words", NOT_FINITE.values(), ids=NOT_FINITE)
def test_debug_tells_of_the_first_number_that_is_not_finite(program, words):
    with pytest.raises(ad.NonFiniteError) as caught, ad.debug():
        program()
    text = str(caught.value)
    assert words in text and "magnitudes" in text and "test_check_complex.py" in text, text
    assert sum(line.startswith("Try ") for line in text.splitlines()) == 1
    assert "np.maximum(" not in text  # of numbers that have no order
