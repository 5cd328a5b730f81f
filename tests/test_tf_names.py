"""nn.tf: introductory TensorFlow code runs with one line changed; what it lacks says so."""

import inspect
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import guides
import numpy as np
import pytest
from together import each

import autodiff as ad
import nn
import nn.tf as tf
from nn.tf._missing import all_names

COURSE = sorted((Path(__file__).parent / "course_code").glob("*.py"))


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_course_code_runs_with_one_line_changed(path):
    guides.executed(path, ours=True)


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_course_code_is_tensorflow(path):
    with guides.in_tensorflow():
        guides.executed(path, ours=False)


# -- names -----------------------------------------------------------------------------------------------------------


def test_the_names_stand_for_what_is_already_there():
    assert tf.Variable is ad.Variable and tf.keras.layers.Dense is nn.Dense
    assert tf.optimizers is tf.keras.optimizers is tf.keras.optimizer


def test_the_tape_is_ours_and_takes_tensorflows_arguments():
    assert issubclass(tf.GradientTape, ad.Tape)
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
    for ways in ({}, {"parallel_iterations": 10, "experimental_use_pfor": False}):
        whole = tape.jacobian(y, x, **ways).numpy()
        rows = tape.batch_jacobian(y, x, **ways).numpy()
        assert np.array_equal(whole, np.diag([2.0, 4.0, 6.0, 8.0]).reshape(2, 2, 2, 2))
        assert np.array_equal(rows, [np.diag([2.0, 4.0]), np.diag([6.0, 8.0])])
    assert tape.jacobian(y, tf.Variable(1.0), unconnected_gradients="zero", experimental_use_pfor=True).shape == (2, 2)
    with pytest.raises(TypeError, match="experimental_use_pfor"):
        ad.Tape().jacobian(y, x, experimental_use_pfor=False)


def test_submodules_import_as_tensorflows_do():
    program = (
        "from nn.tf.keras.layers import Dense\nfrom nn.tf.keras import optimizers\nfrom nn.tf import keras\n"
        "from nn.tf.keras.optimizers import SGD\nimport nn.tf.keras.losses\nimport nn.tf as tf\n"
        "assert tf.keras.layers.Dense is Dense and keras.optimizers is optimizers and optimizers.SGD is SGD"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


MISSING = {
    "tf.softmax": "near ones: tf.keras.activations.softmax, tf.keras.layers.Softmax, tf.math.softmax, tf.nn.softmax",
    "tf.log": "near ones: tf.math.log",
    "tf.reduce_men": "near ones: tf.reduce_mean",
    "tf.keras.layers.Dence": "near ones: tf.keras.layers.Dense",
    "tf.keras.optimizers.adam": "near ones: tf.keras.optimizers.Adam",
    "tf.zyx": r"dir\(tf\) lists them",
    "tf.Session": "operations run as they are written",
    "tf.placeholder": "pass arrays",
    "tf.keras.datasets.mnist": "load_digits",
    "tf.keras.models.load_model": r"model.load\(path\)",
    "tf.keras.callbacks.TensorBoard": "CSVLogger",
    "tf.keras.utils.plot_model": r"autodiff.draw\(loss\)",
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_name_says_so_with_the_near_ones(name):
    with pytest.raises(AttributeError, match=f"{re.escape(name)} is not among.*{MISSING[name]}"):
        eval(name)
    module, _, last = name.rpartition(".")
    with pytest.raises(ImportError, match=f"{re.escape(name)} is not among.*{MISSING[name]}"):
        exec(f"from nn.{module} import {last}")


def test_probing_for_names_finds_none():
    assert not hasattr(tf, "zyx") and not hasattr(tf.keras, "__wrapped__") and getattr(tf.math, "log2x", None) is None


def test_no_name_is_lost_or_internal():
    names = list(all_names(tf))
    assert len(names) == len(set(names)) > 200
    assert not [name for name in names if name.rpartition(".")[2].startswith("_")]


OUR_OWN = {
    "tf.keras.layers.Perceptron", "tf.keras.layers.PositionEmbedding", "tf.keras.layers.SinePositionEncoding",
    "tf.keras.callbacks.Diagnose",
} | {  # and what keras.losses has, not tf.keras.losses
    f"tf.keras.{module}.{name}" for module in ("losses", "metrics") for name in (
        "mean_absolute_error", "mean_squared_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
        "kl_divergence", "log_cosh", "cosine_similarity",
    )
}  # fmt: skip


def test_every_name_is_tensorflows():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensorflow = pytest.importorskip("tensorflow")
        names = set(all_names(tf)) - OUR_OWN
        assert [name for name in sorted(names) if not known_to(tensorflow, name)] == []


def known_to(tensorflow, name):
    try:
        eval(name, {"tf": tensorflow})
    except AttributeError:
        return False
    return True


# -- where TensorFlow's arguments differ from numpy's -----------------------------------------------------------------


def test_lists_go_in_and_tensors_come_out():
    for y in (tf.add([1.0], 2), tf.matmul([[1.0]], [[2.0]]), tf.reduce_sum([1, 2]), tf.equal(1, [1]), tf.argmax([1, 3]),
              tf.exp(0.0), tf.nn.relu([-1.0]), tf.zeros(3), tf.range(3), tf.one_hot([1], 2)):  # fmt: skip
        assert isinstance(y, tf.Tensor), y


def test_a_list_of_losses_keeps_its_gradient():
    w = tf.Variable([2.0])
    with tf.GradientTape() as tape:
        total = tf.reduce_mean([w * w, 3 * w], axis=[0, 1])
    assert tape.gradient(total, w).numpy().tolist() == [3.5]


def test_dtypes():
    assert tf.zeros(2).dtype == tf.random.normal([2]).dtype == tf.float32
    assert tf.cast([True, False], tf.float32).dtype == tf.float32
    assert tf.constant([1.0, 2.0]).dtype == tf.float64, "numpy's rule: Python floats are float64"
    assert tf.Variable([1.0], dtype=tf.float32).dtype == tf.float32


def test_matmul_refuses_vectors_as_tensorflow_does():
    with pytest.raises(ValueError, match="matvec"):
        tf.matmul([[1.0, 2.0]], [1.0, 2.0])
    assert tf.linalg.matvec([[1.0, 2.0]], [1.0, 2.0]).numpy().tolist() == [5.0]


def test_cross_entropies_refuse_what_tensorflow_lets_pass():
    with pytest.raises(ValueError, match="one class"):  # the notes' slip: a softmax for a yes-or-no loss
        tf.nn.softmax_cross_entropy_with_logits(labels=[[1.0]], logits=[[0.3]])
    with pytest.raises(ValueError, match="one shape"):
        tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[[0.3]])
    with pytest.raises(ValueError, match=r"\[0, 2\)"):
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2], logits=[[0.3, 0.1]])


def test_cross_entropies_are_exact_at_extreme_logits():
    z = tf.Variable([[1000.0, -1000.0]])
    with tf.GradientTape(persistent=True) as tape:
        binary = tf.nn.sigmoid_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=z)
        several = tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=z)
    assert binary.numpy().tolist() == [[1000.0, 1000.0]] and several.numpy().tolist() == [2000.0]
    assert tape.gradient(binary, z).numpy().tolist() == [[1.0, -1.0]] == tape.gradient(several, z).numpy().tolist()


def test_dropout_keeps_the_mean():
    tf.random.set_seed(0)
    x = tf.nn.dropout(tf.ones([1000]), rate=0.5).numpy()
    assert set(np.unique(x)) == {0.0, 2.0} and abs(x.mean() - 1) < 0.1


# -- names that came later, against TensorFlow's numbers --------------------------------------------------------------

A = [[2.0, 1.0], [1.0, 3.0], [0.5, -1.0]]
S = [[4.0, 1.0], [1.0, 3.0]]
NUMBERS = {  # what an expression of `tf` gives, in numpy's words; TensorFlow itself is asked too where it is installed
    "tf.math.erf(tf.constant(0.5))": 0.5204998778130465,
    "tf.math.erfc(tf.constant(0.5))": 0.4795001221869535,
    "tf.math.lgamma(tf.constant(5.0))": np.log(24.0),
    "tf.math.digamma(tf.constant(1.0))": -np.euler_gamma,
    "tf.math.polygamma(tf.constant(1.0), tf.constant(1.0))": np.pi**2 / 6,
    "tf.math.polyval([1.0, 2.0, 3.0], tf.constant(2.0))": 11.0,
    "tf.math.log_sigmoid(tf.constant([0.0, -100.0]))": [-np.log(2.0), -100.0],
    "tf.math.softsign(tf.constant([-1.0, 3.0]))": [-0.5, 0.75],
    "tf.math.rint(tf.constant([0.5, 1.5, -0.4]))": [0.0, 2.0, 0.0],
    "tf.math.softmax(tf.constant([0.0, 0.0]))": [0.5, 0.5],
    "tf.nn.log_softmax(tf.constant([[0.0, 0.0]]))": [[-np.log(2.0)] * 2],
    "tf.nn.elu(tf.constant([-1.0, 2.0]))": [np.expm1(-1.0), 2.0],
    "tf.nn.gelu(tf.constant(1.0))": 0.8413447460685429,
    "tf.nn.gelu(tf.constant(1.0), approximate=True)": 0.8411919906082768,
    "tf.math.logical_xor([True, True], [True, False])": [False, True],
    "tf.math.reduce_euclidean_norm(A, axis=1)": np.linalg.norm(A, axis=1),
    "tf.math.confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])": [[1, 0, 0], [0, 1, 1], [0, 0, 1]],
    "tf.math.confusion_matrix([0, 1], [0, 0], num_classes=3)": [[1, 0, 0], [1, 0, 0], [0, 0, 0]],
    "tf.math.count_nonzero([[0, 1], [2, 3]], axis=0)": [1, 2],
    "tf.math.bincount([1, 1, 3], minlength=5)": [0, 2, 0, 1, 0],
    "tf.math.top_k(tf.constant([[1.0, 3.0, 2.0]]), k=2)[0]": [[3.0, 2.0]],
    "tf.math.top_k(tf.constant([[1.0, 3.0, 2.0]]), k=2)[1]": [[1, 2]],
    "tf.linalg.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])": [0.0, 0.0, 1.0],
    "tf.linalg.eigvalsh(tf.constant(S))": np.linalg.eigvalsh(S),
    "tf.linalg.sqrtm(tf.constant(S)) @ tf.linalg.sqrtm(tf.constant(S))": S,
    "tf.linalg.expm(tf.linalg.logm(tf.constant(S)))": S,
    "tf.linalg.triangular_solve(tf.constant(S), tf.constant([[4.0], [2.0]]))": np.linalg.solve(np.tril(S), [[4.0], [2.0]]),
    "tf.linalg.triangular_solve(tf.constant(S), tf.constant([[4.0], [2.0]]), lower=False, adjoint=True)":
        np.linalg.solve(np.triu(S).T, [[4.0], [2.0]]),
    "tf.linalg.cholesky_solve(tf.linalg.cholesky(tf.constant(S)), tf.constant([[4.0], [2.0]]))":
        np.linalg.solve(S, [[4.0], [2.0]]),
    "tf.linalg.logdet(tf.constant(S))": np.log(11.0),
    "tf.linalg.slogdet(tf.constant(S))[1]": np.log(11.0),
    "tf.linalg.svd(tf.constant(A))[0]": np.linalg.svd(A)[1],
    "tf.linalg.svd(tf.constant(A), compute_uv=False)": np.linalg.svd(A)[1],
    "(lambda s, u, v: tf.matmul(u * s, v, transpose_b=True))(*tf.linalg.svd(tf.constant(A)))": A,
    "(lambda q, r: tf.matmul(q, r))(*tf.linalg.qr(tf.constant(A)))": A,
    "tf.linalg.lstsq(tf.constant(A), tf.constant([[1.0], [2.0], [0.0]]))": np.linalg.lstsq(A, [[1.0], [2.0], [0.0]])[0],
    "tf.linalg.lstsq(tf.constant(S), tf.constant([[1.0], [2.0]]), l2_regularizer=0.5)": np.linalg.solve(
        np.array(S).T @ S + 0.5 * np.eye(2), np.array(S).T @ [[1.0], [2.0]]),
    "tf.linalg.normalize(tf.constant([3.0, 4.0]))[0]": [0.6, 0.8],
    "tf.linalg.global_norm([tf.constant([3.0]), None, tf.constant([4.0])])": 5.0,
    "tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0)[0]": [[0.6], [0.8]],
    "tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 10.0)[0]": [[3.0], [4.0]],
    "tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0)[1]": 5.0,
    "tf.gather_nd(tf.constant(A), [[0, 1], [2, 0]])": [1.0, 0.5],
    "tf.gather_nd(tf.constant(A), [[1]])": [[1.0, 3.0]],
    "tf.meshgrid([1.0, 2.0], [3.0, 4.0, 5.0])[0]": [[1.0, 2.0]] * 3,
    "tf.map_fn(lambda row: row * row, tf.constant(A))": np.square(A),
    "tf.vectorized_map(lambda row: row * row, tf.constant(A))": np.square(A),
    "tf.vectorized_map(lambda pair: pair[0] * tf.reduce_sum(pair[1]), (tf.constant(A), tf.constant(A)))":
        np.array(A) * np.sum(A, 1, keepdims=True),
    "tf.scalar_mul(2.0, tf.constant(A))": np.multiply(2, A),
    "tf.atan2(tf.constant(1.0), tf.constant(-1.0))": 0.75 * np.pi,
    "tf.function(lambda x: x * 2)(tf.constant(3.0))": 6.0,
    "tf.function(reduce_retracing=True)(lambda x: x * 2)(tf.constant(3.0))": 6.0,
    "tf.constant([1.0, 2.0])[:, tf.newaxis]": [[1.0], [2.0]],
    "tf.keras.layers.ReLU()(tf.constant([[-1.0, 2.0]]))": [[0.0, 2.0]],
    "tf.keras.layers.LeakyReLU()(tf.constant([[-1.0, 2.0]]))": [[-0.3, 2.0]],
    "tf.keras.layers.ELU(alpha=2.0)(tf.constant([[-1.0, 2.0]]))": [[2 * np.expm1(-1.0), 2.0]],
    "tf.keras.layers.Softmax()(tf.constant([[0.0, 0.0]]))": [[0.5, 0.5]],
    "tf.keras.layers.Softmax(axis=1)(tf.zeros((1, 2, 1)))": [[[0.5], [0.5]]],
    "tf.keras.layers.Rescaling(0.5, offset=1.0)(tf.constant([[2.0]]))": [[2.0]],
    "tf.keras.layers.Reshape((2, 2))(tf.constant([[1.0, 2.0, 3.0, 4.0]]))": [[[1.0, 2.0], [3.0, 4.0]]],
    "tf.keras.layers.Lambda(lambda x: x + 1)(tf.constant([[2.0]]))": [[3.0]],
    "tf.keras.layers.GlobalAveragePooling2D()(tf.reshape(tf.range(8.0), (1, 2, 2, 2)))": [[3.0, 4.0]],
    "tf.keras.losses.MSE(tf.constant([[1.0, 2.0]]), tf.constant([[1.0, 4.0]]))": [2.0],
    "tf.keras.metrics.binary_accuracy([[1.0, 0.0]], [[0.9, 0.6]])": [[1.0, 0.0]],
    "tf.keras.metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])": [1.0, 0.0],
    "tf.keras.metrics.sparse_categorical_accuracy([1, 1], [[0.1, 0.9], [0.7, 0.3]])": [1.0, 0.0],
    "tf.keras.metrics.top_k_categorical_accuracy([[0, 1, 0]], [[0.5, 0.3, 0.2]], k=2)": [1.0],
    "tf.keras.metrics.sparse_top_k_categorical_accuracy([2], [[0.5, 0.3, 0.2]], k=2)": [0.0],
    "tf.keras.losses.Poisson(reduction=tf.keras.losses.Reduction.NONE)([[1.0]], [[1.0]])": [1.0],
    "tf.keras.metrics.mae(tf.constant([[1.0, 2.0]]), tf.constant([[1.0, 4.0]]))": [1.0],
    "tf.keras.activations.get('swish')(tf.constant(0.0))": 0.0,
    "tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)(20)": 0.025,
    "tf.keras.initializers.get('ones')((2,))": [1.0, 1.0],
    "tf.zeros_initializer()((2,))": [0.0, 0.0],
    "tf.keras.regularizers.l2(0.5)(tf.constant([2.0]))": 2.0,
    "tf.keras.backend.epsilon()": 1e-7,
}  # fmt: skip


@each("expression", {expression: expression for expression in NUMBERS})
def test_numbers(expression):
    np.testing.assert_allclose(as_array(eval(expression)), NUMBERS[expression], rtol=1e-6, atol=1e-7)


@each("expression", {expression: expression for expression in NUMBERS})
def test_numbers_are_tensorflows(expression):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensorflow = pytest.importorskip("tensorflow")
        found = as_array(eval(expression, {"tf": tensorflow, "A": A, "S": S}))
    np.testing.assert_allclose(found, NUMBERS[expression], rtol=2e-5, atol=1e-6)


def as_array(x):
    return np.stack([np.asarray(part) for part in x]) if isinstance(x, (list, tuple)) else np.asarray(x)


GRADIENTS = {  # of the sum of an expression of x = [[2, 1], [1, 3]]
    "tf.math.erf(x)": lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x),
    "tf.clip_by_global_norm([x], 1.0)[0][0] * x": None,
    "tf.linalg.svd(x, compute_uv=False)": None,
    "tf.linalg.lstsq(x, tf.constant([[1.0], [2.0]], dtype=x.dtype))": None,
    "tf.linalg.logdet(x)": lambda x: np.linalg.inv(x).T,
    "tf.math.reduce_euclidean_norm(x)": lambda x: x / np.linalg.norm(x),
    "tf.math.top_k(x, k=1)[0]": lambda x: [[1.0, 0.0], [0.0, 1.0]],
    "tf.gather_nd(x, [[0, 1], [0, 1]])": lambda x: [[0.0, 2.0], [0.0, 0.0]],
    "tf.map_fn(lambda row: row * row, x)": lambda x: 2 * x,
    "tf.vectorized_map(lambda row: row * row, x)": lambda x: 2 * x,
    "tf.function(lambda x: x * x)(x)": lambda x: 2 * x,
    "tf.keras.layers.Reshape((2, 1), dtype='float64')(x) ** 2": lambda x: 2 * x,
}


@pytest.mark.parametrize("expression", GRADIENTS)
def test_gradients_flow_through(expression):
    x = tf.Variable([[2.0, 1.0], [1.0, 3.0]], dtype=tf.float64)
    with tf.GradientTape() as tape:
        y = eval(expression, {"tf": tf, "x": x})
    found = tape.gradient(y, x).numpy()
    if GRADIENTS[expression] is not None:
        np.testing.assert_allclose(found, GRADIENTS[expression](x.numpy()), rtol=1e-9)
    assert ad.check_gradients(lambda x: np.sum(eval(expression, {"tf": tf, "x": x})), x.numpy())


def test_counts_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match=r"one shape \(n,\)"):
        tf.math.confusion_matrix([0, 1], [0])


def test_session_names_do_nothing_and_settings_are_nns():
    tf.keras.backend.clear_session()
    tf.keras.utils.clear_session()
    assert tf.executing_eagerly() and tf.keras.backend.floatx() == tf.keras.config.floatx() == nn.floatx()
    from nn.tf.keras.optimizers.schedules import CosineDecay, LearningRateSchedule

    assert issubclass(CosineDecay, LearningRateSchedule) and tf.optimizers.schedules.CosineDecay is CosineDecay


# -- the notes' own fragments, with their slips mended -----------------------------------------------------------------


def test_notes_dense_layer():
    layers = tf.keras.layers.Dense(units=2)
    assert layers([[4.0, 5.0]]).shape == (1, 2)


def test_notes_multi_output_perceptron_and_deep_network():
    n, n_1, n_2 = 3, 4, 5
    model = tf.keras.Sequential([tf.keras.layers.Dense(n), tf.keras.layers.Dense(2)])
    assert model([[4.0, 5.0]]).shape == (1, 2)
    model = tf.keras.Sequential([tf.keras.layers.Dense(n_1), tf.keras.layers.Dense(n_2), tf.keras.layers.Dense(2)])
    assert model([[4.0, 5.0]]).shape == (1, 2)


def test_notes_cross_entropy():
    y, predicted = [[0.0, 1.0], [1.0, 0.0]], tf.Variable([[0.2, 0.7], [0.5, -0.3]])
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, predicted))
    p = np.exp(predicted.numpy()) / np.exp(predicted.numpy()).sum(axis=1, keepdims=True)
    assert abs(loss.numpy() + np.log([p[0, 1], p[1, 0]]).mean()) < 1e-12


def test_notes_mean_squared_error():
    y, predicted = tf.constant([30.0, 80.0]), tf.constant([25.0, 85.0])
    assert tf.reduce_mean(tf.square(tf.subtract(y, predicted))).numpy() == 25.0


def test_notes_training_loop():
    lr = 0.1

    def compute_loss(weights):
        return tf.reduce_sum(tf.square(weights - 3.0))

    weights = tf.Variable(tf.random.normal([2]))
    for _ in range(100):
        with tf.GradientTape() as g:
            loss = compute_loss(weights)
        gradient = g.gradient(loss, weights)
        weights = weights - lr * gradient
    assert abs(weights.numpy() - 3).max() < 1e-5


def test_notes_optimizer():
    optimizer = tf.keras.optimizer.SGD()  # the notes' singular
    w = tf.Variable([1.0])
    optimizer.apply_gradients([(tf.constant([1.0]), w)])
    assert w.numpy().tolist() == [0.99]


def test_notes_perceptron():
    w0, w, x = tf.constant([1.0]), tf.constant([[3.0], [-2.0]]), tf.constant([[-1.0, 2.0]])
    z = tf.add(w0, tf.matmul(x, w))
    assert z.numpy().item() == -6.0 and round(tf.math.sigmoid(z).numpy().item(), 3) == 0.002


def test_notes_single_layer_network_with_the_hidden_g():
    nn.set_random_seed(0)
    hidden, output = tf.keras.layers.Dense(4, activation="sigmoid"), tf.keras.layers.Dense(2, activation="sigmoid")
    y = tf.keras.Sequential([hidden, output])(tf.constant([[4.0, 5.0]])).numpy()
    z = np.array([[4.0, 5.0]]) @ hidden.kernel.numpy() + hidden.bias.numpy()
    g = lambda z: 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(y, g(g(z) @ output.kernel.numpy() + output.bias.numpy()), rtol=1e-5)


def test_notes_cross_entropy_of_yes_or_no():
    predicted, y = np.array([[0.1], [0.8], [0.6]]), [[1.0], [0.0], [1.0]]  # the notes' table
    logits = np.log(predicted / (1 - predicted))
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    assert abs(loss.numpy() + np.mean(np.log([0.1, 0.2, 0.6]))) < 1e-12


@pytest.mark.parametrize("size", [1, 8, 64])
def test_notes_stochastic_gradient_descent(size):
    """One point, a mini-batch, all points: the notes' algorithm, with the sum over the batch that it picks."""
    rng, lr = np.random.default_rng(0), 0.1
    x = rng.normal(size=(64, 2))
    y = x @ [3.0, -2.0] + 1.0
    weights = tf.Variable(tf.random.normal([3], dtype=tf.float64))
    for _ in range(500):
        batch = rng.choice(64, size, replace=False)
        with tf.GradientTape() as g:
            loss = tf.reduce_mean(tf.square(y[batch] - (weights[0] + tf.linalg.matvec(x[batch], weights[1:]))))
        weights = weights - lr * g.gradient(loss, weights)
    np.testing.assert_allclose(weights.numpy(), [1.0, 3.0, -2.0], atol=1e-3)


def test_the_layer_of_lab_1_names_its_weights_first():
    """MIT 6.S191, lab 1: add_weight("weight", shape=[...]), which Keras 3 refuses."""

    class OurDenseLayer(tf.keras.layers.Layer):
        def __init__(self, n_output_nodes):
            super().__init__()
            self.n_output_nodes = n_output_nodes

        def build(self, input_shape):
            d = int(input_shape[-1])
            self.W = self.add_weight("weight", shape=[d, self.n_output_nodes])
            self.b = self.add_weight("bias", shape=[1, self.n_output_nodes])

        def call(self, x):
            return tf.sigmoid(tf.matmul(x, self.W) + self.b)

    layer = OurDenseLayer(3)
    layer.build((1, 2))
    y = layer.call(tf.constant([[1, 2.0]], shape=(1, 2)))
    assert y.shape == (1, 3) and [v.name for v in layer.weights] == ["our_dense_layer/weight", "our_dense_layer/bias"]


@pytest.mark.parametrize("name", sorted({x.__name__ for x in nn.losses.CLASSES} | set(nn.losses.__all__) - {"Loss"}))
def test_a_loss_is_a_tensor_whatever_it_is_computed_from(name):
    y = np.array([1, 0]) if "parse" in name else np.eye(2)[[1, 0]]
    p = [[0.25, 0.75], [0.5, 0.5]]
    ours, thing = getattr(nn.losses, name), getattr(tf.keras.losses, name)
    if isinstance(thing, type):
        assert issubclass(thing, ours) and issubclass(thing, tf.keras.losses.Loss)
        ours, thing = ours(), thing()
        assert type(tf.keras.losses.get(name)) is type(thing)
        assert tf.keras.losses.get(thing.name) is getattr(tf.keras.losses, thing.name)
    loss = thing(y, p)
    assert type(loss) is ad.Tensor and np.array_equal(loss.numpy(), ours(y, np.array(p)))
    assert pickle.loads(pickle.dumps(thing))(y, p).numpy() == pytest.approx(loss.numpy())


@pytest.mark.parametrize("name", nn.activations.__all__)
def test_an_activation_returns_a_tensor_and_is_ours_in_a_layer(name):
    function, options = getattr(tf.keras.activations, name), [0.5, -1.0] if name == "threshold" else []
    x = np.array([[-1.5, 2.5]])
    y = function(x, *options)
    assert type(y) is ad.Tensor and np.array_equal(y.numpy(), getattr(nn.activations, name)(x, *options))
    if name != "threshold":
        assert tf.keras.layers.Dense(1, activation=function).activation is getattr(nn.activations, name)


def test_metrics_gather_and_say_numpy():
    accuracy, mean = tf.keras.metrics.BinaryAccuracy(), tf.keras.metrics.Mean()
    assert accuracy([[1.0]], [[0.9]]).numpy() == 1.0 and accuracy([[1.0]], [[0.1]]).numpy() == 0.5
    assert tf.keras.metrics.Accuracy()([0, 1, 2, 2], [[0.0], [2.0], [1.0], [2.0]]).numpy() == 0.5
    named = tf.keras.metrics.Mean("train_loss", dtype=tf.float32), tf.keras.metrics.AUC(name="auc", dtype="float32")
    assert [metric.name for metric in named] == ["train_loss", "auc"]
    assert list(inspect.signature(tf.keras.losses.Huber).parameters) == ["delta", "reduction", "name", "dtype"]
    own = type("Own", (tf.keras.losses.Loss,), {"__init__": lambda self, factor, **options: None})
    assert list(inspect.signature(own).parameters) == ["factor", "reduction", "name", "dtype"]
    assert mean.result() == 0.0 and mean([1.0, 3.0]).numpy() == 2.0 and mean(5.0, sample_weight=2.0) == 3.5
    assert type(tf.keras.metrics.get("mse")) is tf.keras.metrics.MeanSquaredError
    assert tf.keras.metrics.F1Score(average=None)(np.eye(2), np.eye(2)).numpy().tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["SGD", "Adam", "Adadelta", "Adagrad", "RMSprop"])
def test_notes_algorithms(name):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    optimizer, x = getattr(tf.keras.optimizers, name)(), tf.constant([[4.0, 5.0]])
    losses = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(50.0 - model(x)))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        losses.append(loss.numpy())
    assert losses[0] > losses[1] > losses[2]


def test_notes_dropout():
    layer = tf.keras.layers.Dropout(p=0.5)  # the notes' p; Keras says rate
    x = np.ones((1, 1000), "float32")
    assert set(np.unique(layer(x, training=True))) == {0.0, 2.0} and np.array_equal(layer(x), x)


def test_what_is_no_dataset_or_no_list_of_rows_is_refused_by_name():
    with pytest.raises(ValueError, match="dataset is a Dataset"):
        tf.data.Dataset.range(2).concatenate(np.ones(3))
    for sequences in (2.5, [1, 2, 3]):
        with pytest.raises(ValueError, match="sequences is a list of lists of numbers"):
            tf.keras.utils.pad_sequences(sequences)


def test_notes_early_stopping():
    tf.random.set_seed(0)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    stopping = tf.keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    x = np.ones((4, 1))
    model.fit(x, x, epochs=50, validation_data=(x, -x), callbacks=[stopping], verbose=0)
    assert 0 < stopping.stopped_epoch < 49
