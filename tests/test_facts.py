"""The facts in the rows of the ops that no number shows: what they say makes forward mode and batches fast."""

from collections import defaultdict
from contextlib import suppress
from functools import cache

import numpy as np
import pytest
import samples

import autodiff as ad
from autodiff.core import batched
from autodiff.core import node as nodes
from autodiff.core.flags import FLAGGING, FLAGS
from autodiff.core.interrupts import ERROR_STATE, held_at

OTHERWISE = {"astype", "nan_to_num", "copy", "convolve", "of_triangle"}  # linear where it matters, and not said to be


def nodes_of(id):
    row = samples.rebuild(id)
    boxes = [ad.constant(x) for x in samples.leaves(row.args)]
    with ad.Tape(persistent=True) as tape:
        tape.watch(boxes)
        row.function(*samples.planted(row.args, iter(boxes)), **row.keywords)
    return [node for _, node in tape.span.nodes() if node.op is not None]


@cache
def every_node():
    """The nodes of all samples, which the tests read, and leave as they are."""
    return [node for id in samples.ROWS for node in nodes_of(id)]


def is_additive(node, k):
    """Whether the op is linear in its input k, as far as two points show."""
    x, params = node.inputs[k], {name: value for name, value in node.params.items() if name != "initial"}
    f = lambda z: node.op.forward(*node.inputs[:k], z, *node.inputs[k + 1 :], **params)
    u = np.random.default_rng(0).uniform(0.1, 1.0, np.shape(x)).astype(x.dtype)
    with np.errstate(all="ignore"):
        return np.allclose(f(np.asarray(x + u)) - f(x), f(u), rtol=1e-4, atol=1e-6)


def test_ops_are_said_to_be_linear_where_they_are():
    additive = defaultdict(list)
    for node in every_node():
        op = node.op
        plain = not op.elementwise and op.joint_vjp is None and op.variadic is None and not isinstance(node.value, tuple)
        if plain and not {"where", "initial"} & node.params.keys() and op.name not in ("cholesky", *OTHERWISE):
            moving = [k for k, x in enumerate(node.inputs) if op.vjp(k) is not None and getattr(x, "dtype", None) == np.float64]
            moving = [k for k in moving if np.isfinite(node.inputs[k]).all()]
            if moving:
                with suppress(np.linalg.LinAlgError):  # the op has no value at the other point
                    additive[op].append(all(is_additive(node, k) for k in moving))
    assert {str(op) for op, found in additive.items() if all(found) != op.linear} == set()
    assert sum(op.linear for op in additive) > 15


ONE_CALL = {  # what has derivative zero, or an axis that is no axis, in a batch of vectors
    "argsort": np.argsort, "argmax": np.argmax, "argmin": np.argmin, "any": np.any, "all": np.all, "floor": np.floor,
    "count_nonzero": np.count_nonzero, "round": np.round, "isneginf": np.isneginf, "sign": np.sign, "less": lambda x: x < 1.0,
    "zeros_like": np.zeros_like, "ones_like": np.ones_like, "argpartition": lambda x: np.argpartition(x, 1),
    "stop_gradient": ad.stop_gradient, "logical_not": lambda x: np.logical_not(x > 0), "nanargmax": np.nanargmax,
    "around": np.around, "isreal": np.isreal, "imag": np.imag, "take": lambda x: x[np.argsort(x)],
}  # fmt: skip


@pytest.fixture
def examples(monkeypatch):
    """How often something ran example by example."""
    count, by_examples = [], batched.by_examples

    def counted(*args):
        count.append(args[0])
        return by_examples(*args)

    monkeypatch.setattr(batched, "by_examples", counted)
    monkeypatch.setattr(nodes, "by_examples", counted)
    return count


@pytest.mark.parametrize("f", ONE_CALL.values(), ids=ONE_CALL)
def test_a_batch_is_one_call(f, examples):
    x = np.array([[3.0, -1.0, 2.0], [0.5, 0.25, 4.0]])
    y = ad.vmap(f)(x)
    assert not examples
    np.testing.assert_array_equal(y, np.stack([np.asarray(f(ad.constant(row))) for row in x]))


def keepers():
    """The ops that say that they keep a NaN, with a node of each of their samples."""
    found = defaultdict(list)
    for node in every_node():
        if node.op.keeps_nan is True:
            found[node.op].append(node)
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ops_keep_a_nan_where_they_say_so():
    """A NaN in any place of an input is a NaN in the output. (A power of 0 is 1, and its derivative there is NaN.)"""
    wrong = set()
    for op, nodes_of_op in keepers().items():
        for node in nodes_of_op[:6]:
            for k, x in enumerate(node.inputs):
                if op.vjp(k) is None or getattr(x, "dtype", np.dtype(int)).kind != "f" or not np.size(x):
                    continue
                for place in range(min(np.size(x), 4)):
                    damaged = np.array(x)
                    damaged.flat[place] = np.nan
                    y = op.forward(*node.inputs[:k], damaged, *node.inputs[k + 1 :], **node.params)
                    if np.size(y) and not np.isnan(y).any() and op.name not in ("power", "float_power"):
                        wrong.add((op.name, k))
    assert not wrong and len(keepers()) > 30


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numpy_raises_a_flag_where_an_op_that_keeps_a_nan_makes_one_of_nothing():
    """0 times an infinite slope: what is not heard here is not looked at."""
    deaf = set()
    for op, nodes_of_op in keepers().items():
        for node in nodes_of_op[:6]:
            for number in (0.0, 1.0, -1.0, np.inf, -np.inf):
                inputs = [np.full_like(x, number) if getattr(x, "dtype", np.dtype(int)).kind == "f" else x for x in node.inputs]
                with held_at(ERROR_STATE, FLAGGING):
                    y = op.forward(*inputs, **node.params)
                    for k in range(len(inputs)):
                        FLAGS.raised = False
                        rule = op.vjp(k)
                        part = None if rule is None or not np.size(y) else rule(np.zeros_like(y), y, *inputs, **node.params)
                        if part is not None and np.isnan(part).any() and not np.isnan(y).any() and not FLAGS.raised:
                            deaf.add((op.name, k, number))
    assert deaf <= {("matmul", k, number) for k in (0, 1) for number in (np.inf, -np.inf)}  # see rules/silence.py
