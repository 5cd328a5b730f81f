"""Ways of handing a tracked number to Python, math, numpy and scipy: each is recorded rightly, or refused with the line. None
is silent."""

import array
import copy
import io
import logging
import math
import pickle
import statistics
import struct
import warnings

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.special
import scipy.stats
from together import each

import autodiff as ad
import nn
import nn.tf as tf

T = np.array([0.7, 1.9, 1.3])
A = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [2.0, 1.0, 1.0]])
S = scipy.sparse.csr_array(A)
RNG = np.random.default_rng(0)


def written(a, key, v):
    a[key] = v
    return a.sum()


def summed(a, v):
    a += v
    return a.sum()


def filled(a, method, *args):
    getattr(a, method)(*args)
    return a.sum()


def sum_of(iterable):
    return sum(iterable)


# A function of one number x (at 1.3) or an array t (at T), of which a part that stays on the tape is added or multiplied: so
# the gradient is wrong, and not None, if the rest is lost.
WAYS = {
    # math and Python
    "math.exp": lambda x: math.exp(x) * x,
    "math.sin": lambda x: math.sin(x) * x,
    "math.sqrt": lambda x: math.sqrt(x) * x,
    "math.log": lambda x: math.log(x) * x,
    "math.log base 2": lambda x: math.log(x, 2) * x,
    "math.pow": lambda x: math.pow(x, 3) * x,
    "math.atan2": lambda x: math.atan2(x, 2.0) * x,
    "math.hypot": lambda x: math.hypot(x, 2.0) * x,
    "math.erf": lambda x: math.erf(x) * x,
    "math.gamma": lambda x: math.gamma(x) * x,
    "math.lgamma": lambda x: math.lgamma(x) * x,
    "math.fsum": lambda x: math.fsum([x, x * x]) * x,
    "math.prod": lambda x: math.prod([x, x, 2.0]),
    "math.dist": lambda x: math.dist([x], [3.0]) * x,
    "math.fmod": lambda x: math.fmod(x, 0.5) * x,
    "math.copysign": lambda x: math.copysign(x, -1.0) * x,
    "math.degrees": lambda x: math.degrees(x) * x,
    "float": lambda x: float(x) * x,
    "float of an element": lambda t: float(t[0]) * np.sum(t),
    "complex": lambda x: complex(x).real * x,
    "map of math": lambda t: sum_of(map(math.exp, t)) + np.sum(t),
    "sum": lambda x: sum([x, x * x]) * x,
    "max": lambda x: max(x * x, 0.5) * x,
    "abs": lambda x: abs(-x) * x,
    "pow": lambda x: pow(x, 3) * x,
    "statistics.mean": lambda x: statistics.mean([x, x * x]) * x,
    "statistics.fmean": lambda x: statistics.fmean([x, x * x]) * x,
    "struct.pack": lambda x: struct.unpack("d", struct.pack("d", x))[0] * x,
    "array.array": lambda x: array.array("d", [x])[0] * x,
    # copies
    "copy.copy": lambda x: copy.copy(x) * x,
    "copy.deepcopy": lambda t: np.sum(copy.deepcopy(t) * t),
    "a copy of a copy": lambda t: np.sum(copy.copy(t.copy()) * t),
    # leaves made of boxes
    "ad.constant": lambda t: np.sum(ad.constant(t)) * np.sum(t),
    "ad.constant of a list": lambda x: np.sum(ad.constant([x, x * x])) * x,
    "ad.Tensor": lambda t: np.sum(ad.Tensor(t)) * np.sum(t),
    "ad.Variable": lambda t: np.sum(ad.Variable(t)) * np.sum(t),
    "ad.Value": lambda x: ad.Value(x * x) * x,
    "ad.convert_to_tensor": lambda x: np.sum(ad.convert_to_tensor([x, x * x])) * x,
    # arrays made of boxes
    "np.array of a box": lambda t: np.array(t).sum() * np.sum(t),
    "np.array of a list": lambda x: (np.array([x, 2.0 * x]) @ np.ones(2)) * x,
    "np.array of nested lists": lambda t: np.array([[t[0], 0.0], [0.0, t[1]]]).sum() + np.sum(t),
    "np.array with a dtype": lambda x: np.array([x, 1.0], dtype=np.float32).sum() * x,
    "np.array like": lambda x: np.array([x, 2.0 * x], like=x).sum() * x,
    "np.array of a named list": lambda x: (lambda parts: np.array(parts).sum())([x, x]) * x,
    "np.asarray": lambda t: np.asarray(t).sum() * np.sum(t),
    "np.asarray of a list": lambda x: np.asarray([x, x]).sum() * x,
    "np.asanyarray": lambda t: np.asanyarray(t).sum() * np.sum(t),
    "np.ascontiguousarray": lambda t: np.ascontiguousarray(t).sum() * np.sum(t),
    "np.asarray_chkfinite": lambda t: np.asarray_chkfinite(t).sum() * np.sum(t),
    "np.require": lambda t: np.require(t, float).sum() * np.sum(t),
    "np.float64": lambda x: np.float64(x) * x,
    "np.float32": lambda x: float(np.float32(2.0)) * np.float32(x) * x,
    "np.full": lambda x: np.full(3, x).sum() * x,
    "np.full like": lambda x: np.full(3, x, like=x).sum() * x,
    "np.full_like": lambda x: np.full_like(np.zeros(3), x).sum() * x,
    "np.fromiter": lambda t: np.fromiter((v for v in t), float).sum() * np.sum(t),
    "np.fromfunction": lambda x: np.fromfunction(lambda i: x * i, (3,)).sum() * x,
    "np.r_": lambda t: np.r_[t, t].sum() + np.sum(t),
    "np.c_": lambda t: np.c_[t, t].sum() + np.sum(t),
    "np.stack": lambda x: np.stack([x, x * x]).sum() * x,
    "np.concatenate": lambda t: np.concatenate([t, t * t]).sum(),
    "np.hstack": lambda t: np.hstack([t, T]).sum() * np.sum(t),
    "np.block": lambda t: np.block([t, t]).sum() * np.sum(t),
    "np.ma.exp": lambda t: np.sum(np.ma.exp(t)) * np.sum(t),
    "np.ma.getdata": lambda x: np.ma.getdata(x) * x,
    "np.ma.sum": lambda t: np.ma.sum(t) * np.sum(t),
    "np.ma.array": lambda t: np.ma.array(t, mask=[1, 0, 0]).sum() + np.sum(t),
    "np.matrix": lambda t: np.matrix(t).sum() + np.sum(t),
    "np.vectorize": lambda t: np.vectorize(lambda v: v * 2.0)(t).sum() + np.sum(t),
    "np.apply_along_axis": lambda t: np.apply_along_axis(lambda row: row * 2.0, 0, t).sum() + np.sum(t),
    "np.frompyfunc": lambda t: np.sum(np.frompyfunc(lambda v: v * 2.0, 1, 1)(t)) + np.sum(t),
    "np.nditer": lambda t: sum_of(v.item() for v in np.nditer(t)) + np.sum(t),
    "iteration": lambda t: sum_of(v * v for v in t),
    # functions of lists, which numpy makes arrays of before it asks anybody
    "np.mean of a list": lambda x: np.mean([x, x + 2.0]) * x,
    "np.sum of a list": lambda x: np.sum([x, x * x]) * x,
    "np.exp of a list": lambda x: np.sum(np.exp([x, 2.0 * x])) * x,
    "np.dot of lists": lambda x: np.dot([x, 1.0], [2.0, x]) * x,
    "np.linalg.norm of a list": lambda x: np.linalg.norm([x, x]) * x,
    "np.linalg.det of lists": lambda t: np.linalg.det([[t[0], 1.0], [1.0, t[1]]]) + np.sum(t),
    "np.diag of a list": lambda t: np.diag([t[0], t[1]]).sum() + np.sum(t),
    "np.maximum of lists": lambda x: np.maximum([x, 1.0], [0.5, 2.0]).sum() * x,
    "np.polyval of a list": lambda x: np.polyval([x, 1.0], 2.0) * x,
    "np.add.reduce of a list": lambda x: np.add.reduce([x, x]) * x,
    "np.trapezoid of a list": lambda x: np.trapezoid([x, x * x]) * x,
    "np.max of a list": lambda x: np.max([x, 0.5]) * x,
    "ad.mean of a list": lambda x: ad.mean([x, x + 2.0]) * x,
    # methods of plain arrays
    "X.dot": lambda t: np.sum(A.dot(t) ** 2) + np.sum(t),
    "X.dot of a sum": lambda t: np.sum((A + A).dot(t + 1.0) ** 2) + np.sum(t),
    "X @": lambda t: np.sum((A @ t) ** 2) + np.sum(t),
    "a.clip": lambda x: T.clip(x, None).sum() * x,
    "a.fill": lambda x: filled(np.zeros(3), "fill", x) * x,
    "a.put": lambda x: filled(np.zeros(3), "put", 0, x) * x,
    "a.itemset by index": lambda x: written(np.zeros(3), 0, x) * x,
    "a[i] = of a Value": lambda x: written(np.zeros(3), 1, x * x) * x,
    "a[i] = of an element": lambda t: written(np.zeros(3), 0, t[1]) * np.sum(t),
    "a[:] =": lambda t: written(np.zeros(3), slice(None), t) * np.sum(t),
    "a[mask] =": lambda t: written(np.zeros(3), np.array([True, True, False]), t[:2]) * np.sum(t),
    "a[i] = in a copy": lambda t: written(t.copy(), 0, t[1] * t[2]) * np.sum(t),
    "a += ": lambda t: summed(np.zeros(3), t) * np.sum(t),
    "out=": lambda t: np.add(T, t, out=np.zeros(3)).sum() * np.sum(t),
    "np.copyto": lambda t: (np.copyto(np.zeros(3), t), np.sum(t))[1],
    "np.put": lambda t: (np.put(np.zeros(3), [0], t), np.sum(t))[1],
    "np.add.at": lambda t: (np.add.at(np.zeros(3), [0, 1, 2], t), np.sum(t))[1],
    "rng.normal": lambda x: np.random.default_rng(0).normal(x, 1.0) * x,
    "np.random.normal": lambda x: np.random.RandomState(0).normal(x, 1.0) * x,
    "np.save": lambda t: (np.save(io.BytesIO(), t), np.sum(t))[1],
    "memoryview": lambda t: memoryview(t).tolist()[0] * np.sum(t),
    "np.histogram": lambda t: np.histogram(t, 3)[1].sum() + np.sum(t),
    "np.percentile of": lambda t: np.percentile(t, 50.0) * np.sum(t),
    "np.linspace": lambda x: np.linspace(0.0, x, 3).sum() * x,
    "np.clip, low above high": lambda x: np.sum(np.clip(0.5 * np.ones(1), 2.0, x)) * x,
    "np.clip, high below low": lambda x: np.sum(np.clip(1.5 * np.ones(1), x + 1.0, 1.0)) * x,
    "np.full_like of a box": lambda t: written(np.full_like(t, 0.5), 0, t[1]) * np.sum(t),
    "np.interp": lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]) * x,
    "np.einsum": lambda t: np.einsum("ij,j->", A, t) * np.sum(t),
    "np.outer": lambda t: np.outer(T, t).sum() * np.sum(t),
    # scipy
    "scipy.special.logsumexp": lambda t: scipy.special.logsumexp(t) * np.sum(t),
    "scipy.special.softmax": lambda t: scipy.special.softmax(t)[0] * np.sum(t),
    "scipy.special.erf": lambda t: scipy.special.erf(t).sum() * np.sum(t),
    "scipy.special.expit": lambda t: scipy.special.expit(t).sum() * np.sum(t),
    "scipy.special.jv": lambda t: scipy.special.jv(1, t).sum() * np.sum(t),
    "scipy.linalg.solve": lambda t: scipy.linalg.solve(A, t).sum() * np.sum(t),
    "scipy.linalg.expm": lambda t: scipy.linalg.expm(np.outer(t, t)).sum() * np.sum(t),
    "scipy.integrate.trapezoid": lambda t: scipy.integrate.trapezoid(t) * np.sum(t),
    "scipy.interpolate": lambda t: scipy.interpolate.CubicSpline([0.0, 1.0, 2.0], t)(0.5) * np.sum(t),
    "scipy.signal.convolve": lambda t: scipy.signal.convolve(t, [1.0, 2.0]).sum() * np.sum(t),
    "scipy.ndimage": lambda t: scipy.ndimage.gaussian_filter(t, 1.0).sum() * np.sum(t),
    "scipy.spatial": lambda t: scipy.spatial.distance.euclidean(t, T + 1.0) * np.sum(t),
    "scipy.stats": lambda t: scipy.stats.norm.pdf(t).sum() * np.sum(t),
    "scipy.fft": lambda t: scipy.fft.fft(t).real.sum() * np.sum(t),
    "sparse @": lambda t: np.sum(S @ t) * np.sum(t),
    "sparse.dot": lambda t: np.sum(S.dot(t)) * np.sum(t),
}


def differences(f, x):
    """Central differences of f on plain numbers."""
    h, x = 1e-6, np.asarray(x, float)
    unit = np.eye(x.size).reshape(x.size, *x.shape) if x.ndim else [1.0]
    plain = ad.Value if not x.ndim else ad.constant
    return np.reshape([(float(f(plain(x + h * e))) - float(f(plain(x - h * e)))) / (2 * h) for e in unit], x.shape)


def chain(error):
    """The error and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@each("f", WAYS)
@pytest.mark.parametrize("kind", ["reverse", "forward"])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_way_is_recorded_or_refused(f, kind):
    x = 1.3 if f.__code__.co_varnames[0] == "x" else T
    try:
        if kind == "reverse":
            found = np.asarray(ad.grad(f)(x))
        else:
            ones = np.ones_like(T) if x is T else 1.0
            found = np.asarray(ad.jvp(f, (x,), (ones,))[1])
    except (TypeError, ValueError, struct.error) as error:
        ours = [e for e in chain(error) if "To keep the gradient" in str(e) and "test_escapes.py:" in str(e)]
        refused = any(word in str(error) for word in REFUSALS)
        assert ours or refused, f"{type(error).__name__}: {error}"
        return
    right = differences(f, x)
    np.testing.assert_allclose(found, right if kind == "reverse" else right.sum(), rtol=2e-5)


REFUSALS = (
    "has no derivative rule",  # numpy or scipy asked us
    "would write into an array",  # out=, +=
    "does not take",
    "must be real number, not",  # Python's own
    "can't convert type",
    "a bytes-like object is required",
    "required argument is not a float",
    "Iterator operand is flagged as writeable",  # numpy's, on any box
)


def test_the_table_is_as_long_as_it_was():
    assert len(WAYS) >= 100


# -- what the error says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way, says", [
    ("math.exp", "np.exp(x)"),
    ("math.log base 2", "np.log(x) / np.log(2)"),
    ("math.erf", "ad.erf(x)"),
    ("math.gamma", "np.exp(ad.gammaln(x))"),
    ("float", "compute with x itself"),
    ("np.array of a list", "np.stack([x, 2.0 * x])"),
    ("np.array of nested lists", "ad.convert_to_tensor([[t[0], 0.0], [0.0, t[1]]])"),
    ("np.asarray", "use t itself"),
    ("np.mean of a list", "np.mean(np.stack([x, x + 2.0]))"),
    ("np.linalg.norm of a list", "np.linalg.norm(np.stack([x, x]))"),
    ("np.r_", "np.concatenate"),
    ("np.c_", "np.column_stack"),
    ("np.full", "ad.full"),
    ("np.vectorize", "written in numpy's functions"),
    ("X.dot", "A @ t"),
    ("X.dot of a sum", "(A + A) @ (t + 1.0)"),
    ("np.array of a named list", "np.stack(parts)"),
    ("sparse @", "toarray()"),
    ("scipy.special.logsumexp", "ad.scipy.special.logsumexp(t)"),
    ("scipy.special.softmax", "ad.scipy.special.softmax(t)"),
    ("scipy.linalg.solve", "ad.scipy.linalg.solve(A, t)"),
    ("scipy.ndimage", "ad.scipy.ndimage.gaussian_filter(t, 1.0)"),
    ("scipy.signal.convolve", "ad.scipy.signal.convolve(t, [1.0, 2.0])"),
    ("scipy.interpolate", "autodiff.custom_gradient"),
    ("rng.normal", "mean + deviation * draw"),
    ("ad.constant", "ad.convert_to_tensor(t)"),
    ("ad.constant of a list", "ad.convert_to_tensor([x, x * x])"),
    ("ad.Variable", "compute with t itself; a new Variable is a leaf"),
    ("a[:] =", "a = ad.constant(a).copy() before this line"),
    ("a[i] = of a Value", "np.where, np.concatenate or np.stack"),
])  # fmt: skip
def test_the_error_says_what_to_write(way, says):
    f = WAYS[way]
    with pytest.raises(TypeError) as caught:
        ad.grad(f)(1.3 if f.__code__.co_varnames[0] == "x" else T)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3 and says in lines[1], lines
    assert lines[2].startswith("If the plain ") and "stop_gradient" in lines[2]


def test_the_error_names_what_the_user_wrote():
    w = ad.Variable([1.0, 2.0], name="weights")
    with ad.Tape(), pytest.raises(TypeError, match=r"^float\(w\[0\]\) takes the plain array.*test_escapes.py:\d+\)") as caught:
        float(w[0])
    assert "say so: w[0].numpy() or ad.stop_gradient(w[0])." in str(caught.value)


def test_without_source_the_error_still_says_what_to_do():
    with pytest.raises(TypeError, match=r"(?s)^This takes the plain number.*<string>:1.*compute with the box itself"):
        exec("import math\nf = lambda x: math.exp(x) * x\nad.grad(f)(1.0)".replace("\n", ";"), {"ad": ad})


# -- what is meant ----------------------------------------------------------------------------------------------------------


def test_plain_numbers_that_are_meant():
    w, v = ad.Variable([1.0, 2.0]), ad.Value(3.0)
    with ad.Tape() as tape:
        y = w * v
        assert y.numpy().tolist() == y.tolist() == [3.0, 6.0] and v.item() == v.numpy() == v.data == 3.0
        assert np.asarray(ad.stop_gradient(y)).sum() + float(ad.stop_gradient(v)) == 12.0
        assert f"{v:.1f} {y}" == "3.0 Tensor([3., 6.])"
        assert bool(v) and v > 2.0 and len(y) == 2 and y.shape == (2,) and int(v) == round(v) == 3
        assert np.allclose(y, [3.0, 6.0]) and np.array_equal(y, y)
    assert tape.gradient(np.sum(y), v) is None  # computed after the block
    assert np.sum(np.array(y)) == 9.0 and float(v) == 3.0  # nobody listens any more


def test_printing_formatting_and_drawing_are_silent(capsys, caplog):
    w = ad.Variable([1.0, 2.0], name="w")
    with ad.Tape() as tape, ad.ForwardAccumulator(w, np.ones(2)):
        loss = np.sum(w * w)
        print(loss, w, "%.2f" % loss, str(loss), repr(w), sep="\n")  # noqa: UP031
        logging.getLogger(__name__).warning("loss %.3f", loss)
        ad.draw(loss)
        copy.copy(w), copy.deepcopy(loss), pickle.dumps(loss)
        assert sorted([loss, np.sum(w)]) and hash(loss) and loss in [loss] and list(w) and loss == 5.0
        assert ad.Value(2.0) == pytest.approx(2.0)
        np.testing.assert_allclose(w, [1.0, 2.0])
        np.testing.assert_array_equal(loss, 5.0)
        x = ad.Value(2.5)
        assert not math.isnan(x) and math.isfinite(x) and math.isclose(x, 2.5) and math.floor(x) == 2
    assert "5.00" in capsys.readouterr().out and "loss 5.000" in caplog.text
    assert {cut.how for cut in tape.graph.cuts} <= {"less", "equal", "copy", "pickle"}


def test_checks_and_metrics_read_for_themselves():
    w = ad.Variable([[0.5], [1.0]])
    with ad.Tape() as tape:
        assert ad.check_gradients(lambda x: np.tanh(x) * x, 2.0)
        p = ad.sigmoid(np.eye(2) @ w)
        accuracy = nn.metrics.BinaryAccuracy()
        accuracy.update_state(np.ones((2, 1)), p)
        loss = nn.losses.BinaryCrossentropy()(np.ones((2, 1)), p)
        assert accuracy.result() == 1.0
    assert tape.gradient(loss, w) is not None


def test_nn_takes_no_tracked_numbers_as_constants():
    x = ad.Value(2.0)
    model = nn.Sequential([nn.Dense(1)])
    model(np.ones((2, 3)))
    model.compile("sgd", "mse")
    with ad.Tape():
        tracked = np.ones((2, 3)) * x
        for use in (lambda: model.predict(tracked), lambda: model.evaluate(tracked, np.ones((2, 1)), verbose=0),
                    lambda: nn.losses.MeanSquaredError()(np.ones(2), np.ones(2), sample_weight=tracked[:, 0])):  # fmt: skip
            with pytest.raises(TypeError, match="To keep the gradient"):
                use()


def test_what_the_tape_does_not_follow_may_leave():
    c, frozen, whole = ad.constant([1.0, 2.0]), ad.Variable(1.0, trainable=False), ad.Variable([1, 2], trainable=False)
    w = ad.Variable(2.0)
    with ad.Tape() as tape:
        y = w * float(frozen) * np.asarray(c).sum() * np.asarray(whole).sum()
        mask = np.asarray(w > 1.0)
        with tape.stop_recording():
            float(w)
    assert tape.gradient(y, w) == 9.0 and mask
    with ad.Tape(watch_accessed_variables=False) as tape:
        tape.watch(c)
        y = np.sum(c * float(w))
        with pytest.raises(TypeError, match=r"np\.asarray"):
            np.asarray(c)
    np.testing.assert_array_equal(tape.gradient(y, c), [2.0, 2.0])


def test_a_tape_can_allow_it_or_warn():
    x = ad.Value(2.0)
    with ad.Tape(escapes="allow") as tape:
        y = math.exp(x) * x
    assert tape.gradient(y, x).item() == math.exp(2.0)
    with ad.Tape(escapes="warn") as tape, pytest.warns(UserWarning, match=r"(?s)math.exp\(x\).*np.exp\(x\)") as caught:
        y = math.exp(x) * x
    assert caught[0].filename == __file__
    with warnings.catch_warnings(record=True) as heard, tf.GradientTape() as tape:
        warnings.simplefilter("default")
        for _ in range(3):  # once for a line
            y = math.exp(x) * x
    assert len(heard) == 1
    with pytest.raises(ValueError, match="'raise', 'warn', 'allow', but got 'no'"):
        ad.Tape(escapes="no")


def test_of_nested_tapes_each_speaks_of_what_it_follows():
    x = ad.Value(2.0)
    with ad.Tape() as outer:
        with ad.Tape(watch_accessed_variables=False), pytest.raises(TypeError, match="gradient"):
            math.exp(x)  # the outer one follows x
        with ad.Tape(escapes="allow") as inner, outer.stop_recording():
            y = math.exp(x) * x
        assert inner.gradient(y, x).item() == math.exp(2.0)


def test_in_custom_gradient_plain_numbers_are_meant():
    @ad.custom_gradient
    def log_gamma(x):
        numbers = np.asarray(x)
        return scipy.special.gammaln(numbers), lambda upstream: upstream * scipy.special.digamma(np.asarray(x))

    assert ad.check_gradients(lambda x: np.sum(log_gamma(x) * x), T)
    with pytest.raises(TypeError, match=r"np\.asarray\(x\) takes the plain array"):  # of the stated derivative it is lost
        ad.hessian(lambda x: np.sum(log_gamma(x)))(T)


def test_a_recomputed_function_hears_of_them():
    with pytest.raises(TypeError, match=r"math\.exp"):
        ad.grad(ad.recompute_grad(lambda x: math.exp(x) * x))(1.0)


def test_comparisons_of_lists_see_the_numbers():
    """numpy unwraps a list before it asks, and takes an error for "not equal"."""
    v = ad.Variable([1.0, 2.0])
    with ad.Tape():
        assert np.array_equal([v, v], [v, v]) and np.array_equiv([v, v], v)
        assert not np.array_equal([v], [v * 2.0])
