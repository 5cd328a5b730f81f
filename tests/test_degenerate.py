"""Equal eigenvalues and singular values: what is lost there is said, in every mode; matrix functions are exact there."""

import warnings

import numpy as np
import pytest

import autodiff as ad
from autodiff.linalg import DegeneracyWarning

G = np.arange(9.0).reshape(3, 3) - 2.5
SYMMETRIC = (G + G.T) / 2
EQUAL = np.diag([2.0, 2.0, 5.0])
TURN = np.linalg.qr(G + np.eye(3))[0]
TURNED = TURN @ EQUAL @ TURN.T


def by_vectors(f):
    def function(m):
        w, v = np.linalg.eigh(m)
        return np.sum(G * ((v * f(w)[..., None, :]) @ np.matrix_transpose(v)))

    return function


def itself(m):
    u, s, vt = np.linalg.svd(m, full_matrices=False)
    return np.sum(G * ((u * s) @ vt))


def by_eig(m):
    w, v = np.linalg.eig(m)
    return np.sum(G * (v * w) @ np.linalg.inv(v))


LOST = {  # functions of a matrix by their vectors, and a point where a part of the gradient is lost
    "sqrt": (by_vectors(np.sqrt), np.eye(3)),
    "log": (by_vectors(np.log), np.eye(3)),
    "exp": (by_vectors(np.exp), np.zeros((3, 3))),
    "one pair": (by_vectors(np.sqrt), EQUAL),
    "a pair that rounding parts": (by_vectors(np.sqrt), TURNED),
    "svd": (itself, np.eye(3)),
    "svd of a scaled turn": (itself, 3 * TURN),
    "eig": (by_eig, EQUAL),
    "one vector of a pair": (lambda m: np.linalg.eigh(m)[1][1, 0], EQUAL),
    "one value of a pair": (lambda m: np.linalg.eigh(m)[0][0], EQUAL),
    "svd of rank 1": (lambda m: np.sum(G * np.linalg.svd(m, hermitian=False)[0]), np.diag([1.0, 0.0, 0.0])),
    "a vector of a value of 0": (lambda m: np.sum(np.linalg.svd(m, full_matrices=False)[0][2]), np.diag([1.0, 1.0, 0])[:, 1:]),
}  # fmt: skip


def reverse(function, x):
    return ad.grad(function)(x)


def forward(function, x):
    return ad.jvp(function, [x], [SYMMETRIC[:, : x.shape[1]]])


def traced(function, x):
    step = ad.function(lambda x: ad.grad(function)(x))
    with warnings.catch_warnings():  # the trace is made of other numbers
        warnings.simplefilter("ignore")
        step(ad.constant(np.asarray((SYMMETRIC @ SYMMETRIC + np.eye(3))[:, : x.shape[1]], x.dtype)))
    return step(ad.constant(x))


def batched(function, x):
    return ad.vmap(ad.grad(function))(np.stack([np.diag([1.0, 2.0, 4.0])[:, : x.shape[1]].astype(x.dtype), x]))


def float32(function, x):
    return ad.grad(function)(ad.constant(x, dtype=np.float32))


MODES = {f.__name__: f for f in (reverse, forward, traced, batched, float32)}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("function, x", LOST.values(), ids=LOST)
def test_what_is_lost_is_said(function, x, mode):
    with pytest.warns(DegeneracyWarning, match=r"up to rounding.*ad\.linalg\.sqrtm, logm, expm") as said:
        mode(function, x)
    assert all(warning.filename == __file__ for warning in said)


def last_vector(m):
    v = np.linalg.eigh(m)[1][:, 2]
    return v[0] ** 2 + 2.0 * v[1] * v[2]


KEPT = {  # functions whose derivative exists, or is a subgradient, and their gradients
    "the sum of the squares": (lambda m: np.sum(np.linalg.eigvalsh(m) ** 2), EQUAL, 2 * EQUAL),
    "the sum of the squares, of eigh": (lambda m: np.sum(np.linalg.eigh(m)[0] ** 2), EQUAL, 2 * EQUAL),
    "the nuclear norm": (lambda m: np.linalg.norm(m, "nuc"), np.eye(3), np.eye(3)),
    "a vector of another value": (last_vector, EQUAL, np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0]]) / 3),
    "the determinant by eig": (lambda m: np.prod(np.linalg.eigvals(m)), EQUAL, np.diag([10.0, 10, 4])),
    "the largest value": (lambda m: np.linalg.svdvals(m)[0], EQUAL, np.diag([0.0, 0, 1])),
    "the condition": (np.linalg.cond, np.diag([3.0, 6, 9]), np.diag([-1.0, 0, 1 / 3])),
}  # fmt: skip


@pytest.mark.parametrize("function, x, right", KEPT.values(), ids=KEPT)
def test_what_is_right_is_not_warned_of(function, x, right):
    np.testing.assert_allclose(ad.grad(function)(x), right, atol=1e-14)


def test_the_values_alone_are_silent_in_forward_mode_too():
    for function in (np.linalg.eigvalsh, np.linalg.svdvals, lambda m: np.linalg.norm(m, 2), lambda m: np.linalg.norm(m, "nuc")):
        ad.jvp(function, [np.eye(3)], [SYMMETRIC])


def test_the_warning_says_which_values_of_which_matrix():
    stack = np.stack([np.diag([1.0, 2.0, 3.0]), np.diag([1.0, 7.0, 7.0])])
    with pytest.warns(DegeneracyWarning, match=r"The eigenvalues 1 and 2 of matrix \[1\] are equal up to rounding \(7 and 7\)"):
        ad.grad(by_vectors(np.sqrt))(stack)


@pytest.mark.parametrize("function", [by_vectors(np.sqrt), itself])
@pytest.mark.parametrize("gap", [1e-12, 1e-8, 1e-4])
def test_values_that_are_near_are_apart(function, gap):
    """At the threshold a gradient has two digits; each factor of ten in the gap gives one more."""
    x = np.diag([1.0, 1.0 + gap, 3.0])
    right = {itself: SYMMETRIC}.get(function)
    g = ad.grad(function)(x)
    if right is None:
        roots = np.sqrt(np.diag(x))
        right = SYMMETRIC / (roots[:, None] + roots)
    np.testing.assert_allclose((g + g.T) / 2, right, atol=1e-15 * 10 / gap)


BETWEEN = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]])  # the spaces of the values 2 and 5

EXACT = {  # at equal eigenvalues: the function, the point, and what the gradient of sum(G * f) is
    "sqrtm": (ad.linalg.sqrtm, np.eye(3), G / 2),
    "logm": (ad.linalg.logm, np.eye(3), G),
    "expm": (ad.linalg.expm, np.zeros((3, 3)), G),
    "power": (lambda m: ad.linalg.fractional_matrix_power(m, 0.3), np.eye(3), 0.3 * G),
    "polar, unitary": (lambda m: ad.linalg.polar(m)[0], np.eye(3), (G - G.T) / 2),
    "polar, symmetric": (lambda m: ad.linalg.polar(m)[1], np.eye(3), (G + G.T) / 2),
    "funm": (lambda m: ad.linalg.funm(m, np.sqrt), np.eye(3), SYMMETRIC / 2),
    "funm of log": (lambda m: ad.linalg.funm(m, np.log), np.eye(3), SYMMETRIC),
    "a projection": (lambda m: ad.linalg.funm(m, lambda w: 1.0 * (w > 3.0)), EQUAL, SYMMETRIC * BETWEEN / 3),
}  # fmt: skip


@pytest.mark.parametrize("function, x, right", EXACT.values(), ids=EXACT)
def test_matrix_functions_are_exact_there(function, x, right):
    def weighted(m):
        return np.sum(G * function(m))

    np.testing.assert_allclose(ad.grad(weighted)(x), right, atol=1e-14)
    np.testing.assert_allclose(ad.jvp(weighted, [x], [SYMMETRIC])[1], np.sum(right * SYMMETRIC))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("x", [np.eye(3), EQUAL, np.diag([1.0, 1.0 + 1e-9, 2.0]), TURNED])
def test_and_to_order_2(name, x):
    assert ad.check_gradients(EXACT[name][0], x, order=2).kind == "pass"


SECOND = {  # the second derivatives at the identity (of exp at 0) in the directions e and f are c (e f + f e)
    "expm": (ad.linalg.expm, np.zeros((3, 3)), 0.5), "logm": (ad.linalg.logm, np.eye(3), -0.5),
    "sqrtm": (ad.linalg.sqrtm, np.eye(3), -0.125),
    "power": (lambda m: ad.linalg.fractional_matrix_power(m, 0.3), np.eye(3), 0.5 * 0.3 * (0.3 - 1)),
    "funm": (lambda m: ad.linalg.funm(m, np.log), np.eye(3), -0.5),
}  # fmt: skip


@pytest.mark.parametrize("function, x, c", SECOND.values(), ids=SECOND)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_second_derivatives_have_a_closed_form_there(function, x, c, dtype):
    x, e = ad.constant(x, dtype=dtype), ad.constant(SYMMETRIC, dtype=dtype)
    found = ad.hvp(lambda m: np.sum(SYMMETRIC.astype(dtype) * function(m)), x, e)
    np.testing.assert_allclose(np.asarray(found), 2 * c * SYMMETRIC @ SYMMETRIC, rtol=1e-5 if dtype == "float32" else 1e-12)
    assert found.dtype == dtype


# -- the vectors that svd adds to a basis --------------------------------------------------------------------------------------

TALL = np.array([[1.0, 0.2], [0.3, 2.0], [0.5, -0.4], [-0.7, 0.1]])


def projection(m):
    """Onto what is orthogonal to the columns."""
    rest = np.linalg.svd(m)[0][:, 2:]
    return np.sum(np.arange(16.0).reshape(4, 4) * (rest @ rest.T))


def test_the_space_that_is_added_has_a_derivative():
    x = ad.constant(TALL)
    assert ad.check_gradients(projection, TALL, order=2).kind == "pass"
    with pytest.warns(DegeneracyWarning, match="beyond the first 2.*full_matrices=False"):
        along = ad.jvp(projection, [x], [TALL[::-1]])[1]
    np.testing.assert_allclose(np.asarray(along), np.sum(ad.grad(projection)(x) * TALL[::-1]))


def test_a_single_vector_that_is_added_is_unique():
    """Forward mode gave zeros, and reverse mode an error."""
    def last(m):
        u, _, vt = np.linalg.svd(m)
        return u[0, 2] * u[1, 2] + vt[0, 0] * u[2, 2] ** 2

    assert ad.check_gradients(last, TALL[:3], order=2).kind == "pass"
    x, t = ad.constant(TALL[:3]), TALL[1:]
    np.testing.assert_allclose(ad.jvp(last, [x], [t])[1], np.sum(ad.grad(last)(x) * t))


def test_several_have_no_derivative_one_by_one():
    with pytest.raises(TypeError, match=r"beyond the first 2 are not unique.*full_matrices=False"):
        ad.grad(lambda m: np.linalg.svd(m)[0][0, 2])(TALL)


# -- beside the domain -------------------------------------------------------------------------------------------------------

REFUSED = {
    "dependent columns": (lambda x: np.linalg.qr(x)[0], np.outer([1.0, 2, 3], [1, -1, 2]), "depend on one another"),
    "too few eigenvectors": (lambda x: np.linalg.eigvals(x)[0], np.array([[1.0, 1], [0, 1]]), "fewer eigenvectors"),
    "no real root": (ad.linalg.sqrtm, -np.eye(2), "the eigenvalue -1, so it has no real square root"),
    "no real root, general": (ad.linalg.sqrtm, np.array([[-1.0, 1], [0, -2]]), "no real principal root"),
    "no real logarithm": (ad.linalg.logm, np.diag([0.0, 1]), "the eigenvalue 0, so it has no real logarithm"),
    "funm of a matrix that is not symmetric": (lambda x: ad.linalg.funm(x, np.exp), np.array([[0.0, 1], [0, 0]]), "symmetric"),
    "a vector": (ad.linalg.expm, np.ones(3), r"expm takes a square matrix.*\(3,\)"),
    "no solution": (lambda x: ad.scipy.linalg.solve_sylvester(x, -x, x), np.eye(2), "Singular"),
    "a side": (lambda x: ad.linalg.polar(x, side="up"), np.eye(2), "'right' or 'left', but got 'up'"),
    "a kind": (lambda x: ad.scipy.linalg.solve(x, x, assume_a="odd"), np.eye(2), "assume_a is one of"),
    "text from the function": (lambda x: ad.linalg.funm(x, lambda w: "a"), np.eye(2), "must return real numbers"),
    "a Variable in the function": (lambda x: ad.linalg.funm(x, lambda w: w * ad.Variable(2.0)), np.eye(2), "would be lost"),
}  # fmt: skip


@pytest.mark.parametrize("function, x, message", REFUSED.values(), ids=REFUSED)
def test_errors_say_what_is_wrong(function, x, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ad.grad(lambda m: np.sum(function(m)))(x)
    with pytest.raises((TypeError, ValueError), match=message):
        ad.jvp(lambda m: np.sum(function(m)), [x], [np.ones(x.shape)])


def test_quasi_norms_are_flat_at_0():
    for mode in (lambda x: ad.grad(lambda x: np.linalg.norm(x, 0.5))(x)[1], lambda x: ad.jvp(
            lambda x: np.linalg.norm(x, 0.5), [x], [np.array([0.0, 1.0])])[1]):  # fmt: skip
        assert np.asarray(mode(np.array([4.0, 0.0]))) == 0


def test_both_modes_agree_where_matrices_are_singular():
    """What one mode refuses or warns of the other does not answer in silence."""
    functions = (np.linalg.det, np.linalg.pinv, np.linalg.svdvals, np.linalg.norm, ad.linalg.expm,
                 lambda m: np.linalg.norm(m, 2), lambda m: np.linalg.norm(m, "nuc"), lambda m: np.linalg.matrix_power(m, 0))
    for function in functions:
        for x in (np.zeros((3, 3)), np.diag([1.0, 2.0, 0.0]), np.outer([1.0, 2, 3], [1, -1, 2])):
            def weighted(m):
                y = function(m)  # noqa: B023
                return np.sum(y * np.cos(np.arange(y.size).reshape(y.shape)))

            along = ad.jvp(weighted, [x], [G])[1]
            np.testing.assert_allclose(np.asarray(along), np.sum(ad.grad(weighted)(x) * G), atol=1e-9)


@pytest.mark.parametrize("function", [ad.linalg.expm, ad.linalg.sqrtm, ad.linalg.logm])
def test_a_matrix_of_nan_spoils_no_other_one(function):
    stack = np.stack([np.eye(2), np.full((2, 2), np.nan), np.array([[2.0, 1.0], [0.0, 3.0]])])
    y = function(stack)
    np.testing.assert_allclose(y[[0, 2]], function(stack[[0, 2]]))
    assert np.isnan(y[1]).all()


def test_what_is_symmetric_is_judged_for_each_matrix_of_a_stack():
    """A large symmetric matrix must not hide that a small one is not."""
    small = np.array([[2.0, 1.0], [0.0, 3.0]]) * 1e-9
    for function in (ad.linalg.sqrtm, ad.linalg.logm):
        np.testing.assert_allclose(function(np.stack([1e9 * np.eye(2), small]))[1], function(small), rtol=1e-9)
    with pytest.raises(ValueError, match="symmetric"):
        ad.linalg.funm(np.stack([1e9 * np.eye(2), small]), np.exp)
