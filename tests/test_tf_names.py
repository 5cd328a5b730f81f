"""nn.tf: introductory TensorFlow code runs with one line changed; what it lacks says so."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
import nn
import nn.tf as tf
from nn.tf._missing import all_names

COURSE = sorted((Path(__file__).parent / "course_code").glob("*.py"))


def run(path, source):
    namespace = {"__name__": "__main__"}
    exec(compile(source, str(path), "exec"), namespace)
    return namespace


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_course_code_runs_with_one_line_changed(path):
    source, changed = re.subn(r"^(import|from) tensorflow\b", r"\1 nn.tf", path.read_text(encoding="utf-8"), flags=re.M)
    assert changed
    run(path, source)


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_course_code_is_tensorflow(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("tensorflow")
        run(path, path.read_text(encoding="utf-8"))


# -- names -----------------------------------------------------------------------------------------------------------


def test_the_names_stand_for_what_is_already_there():
    assert tf.GradientTape is ad.Tape and tf.Variable is ad.Variable and tf.keras.layers.Dense is nn.Dense
    assert tf.optimizers is tf.keras.optimizers is tf.keras.optimizer


def test_submodules_import_as_tensorflows_do():
    program = (
        "from nn.tf.keras.layers import Dense\nfrom nn.tf.keras import optimizers\nfrom nn.tf import keras\n"
        "from nn.tf.keras.optimizers import SGD\nimport nn.tf.keras.losses\nimport nn.tf as tf\n"
        "assert tf.keras.layers.Dense is Dense and keras.optimizers is optimizers and optimizers.SGD is SGD"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


MISSING = {
    "tf.softmax": "near ones: tf.keras.activations.softmax, tf.nn.softmax",
    "tf.log": "near ones: tf.math.log",
    "tf.reduce_men": "near ones: tf.reduce_mean",
    "tf.keras.layers.Dence": "near ones: tf.keras.layers.Dense",
    "tf.keras.optimizers.adam": "near ones: tf.keras.optimizers.Adam",
    "tf.zyx": r"dir\(tf\) lists them",
    "tf.Session": "operations run as they are written",
    "tf.placeholder": "pass arrays",
    "tf.keras.datasets.mnist": "load_digits",
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
