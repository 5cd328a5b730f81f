"""A structure that contains itself, or is nested very deeply, is refused in words by every function that takes structures. The
walks are compiled where there is a compiler: without a bound they would end the process there."""

import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from fuzz.pool import dict_of_itself, of_itself
from together import each

import autodiff as ad
import nn
import nn.tf as tf

LEVELS = 200_000
V, x = ad.Variable([1.0, 2.0]), ad.Value(2.0)


def square(a):
    return ad.sum(a * a)


def of_itself_and_a_box():
    return of_itself(with_box=True)


@cache
def deep_list():
    it = []
    for _ in range(LEVELS):
        it = [it]
    return it


@cache
def deep_tuple():
    it = ()
    for _ in range(LEVELS):
        it = (it,)
    return it


@cache
def deep_dict():
    it = {}
    for _ in range(LEVELS):
        it = {"a": it}
    return it


LISTS = (of_itself, of_itself_and_a_box, deep_list, deep_tuple)
DICTS = (dict_of_itself, deep_dict)


def taped(target=None, sources=None, seed=None, method="gradient"):
    with ad.Tape(persistent=True) as tape:
        y = x * x
    options = {} if method == "jacobian" else {"output_gradients": seed}
    return getattr(tape, method)(y if target is None else target, x if sources is None else sources, **options)


def compiled_model():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    return model


def with_attribute(it):
    layer = nn.Dense(1)
    layer.parts = it
    return layer.variables


STRUCTURES = {  # functions that take dicts too
    "watch": lambda it: ad.Tape().watch(it),
    "targets": lambda it: taped(target=it),
    "sources": lambda it: taped(sources=it),
    "output_gradients": lambda it: taped(target=[x], seed=it),
    "targets of jacobian": lambda it: taped(target=it, method="jacobian"),
    "sources of jacobian": lambda it: taped(sources=it, method="jacobian"),
    "ForwardAccumulator": lambda it: ad.ForwardAccumulator(it, it),
    "grad": lambda it: ad.grad(square)(it),
    "grad of a result": lambda it: ad.grad(lambda a: it)(1.0),
    "jacobian": lambda it: ad.jacobian(square)(it),
    "jacobian of a result": lambda it: ad.jacobian(lambda a: it)(1.0),
    "hessian": lambda it: ad.hessian(square)(it),
    "hvp": lambda it: ad.hvp(square, it, it),
    "jvp": lambda it: ad.jvp(square, (it,), (it,)),
    "vjp": lambda it: ad.vjp(square, it),
    "vmap": lambda it: ad.vmap(square)(it),
    "vmap of a result": lambda it: ad.vmap(lambda a: it)(np.ones(2)),
    "in_axes": lambda it: ad.vmap(square, in_axes=it)(np.ones((2, 2))),
    "function": lambda it: ad.function(square)(it),
    "function of a result": lambda it: ad.function(lambda a: it)(1.0),
    "check_gradients": lambda it: ad.check_gradients(square, it),
    "check_gradients of a result": lambda it: ad.check_gradients(lambda a: it, 1.0),
    "draw": ad.draw,
    "draw of a function": lambda it: ad.draw(square, it),
    "show": ad.show,
    "stop_gradient": ad.stop_gradient,
    "custom_gradient": ad.custom_gradient(lambda a: (x * x, lambda upstream: upstream)),
    "custom_gradient of a result": lambda it: ad.custom_gradient(lambda a: (it, lambda upstream: upstream))(x),
    "recompute_grad": ad.recompute_grad(square),
    "to_numpy": ad.to_numpy,
    "constant": ad.constant,
    "Tensor": ad.Tensor,
    "Variable": ad.Variable,
    "Value": ad.Value,
    "convert_to_tensor": ad.convert_to_tensor,
    "assign": lambda it: ad.Variable([1.0]).assign(it),
    "assign_add": lambda it: ad.Variable([1.0]).assign_add(it),
    "Sequential": nn.Sequential,
    "Sequential of it": lambda it: nn.Sequential([it]),
    "a layer": lambda it: nn.Dense(1)(it),
    "fit": lambda it: compiled_model().fit(it, it, verbose=0),
    "predict": lambda it: compiled_model().predict(it),
    "a loss": lambda it: nn.losses.MeanSquaredError()(it, it),
    "a metric": lambda it: nn.metrics.MeanSquaredError().update_state(it, it),
    "apply_gradients": lambda it: nn.optimizers.SGD().apply_gradients(it),
    "set_random_seed": nn.set_random_seed,
    "seed of an initializer": lambda it: nn.initializers.GlorotUniform(seed=it),
    "seed of Dropout": lambda it: nn.Dropout(0.5, seed=it),
    "seed of check_gradients": lambda it: ad.check_gradients(square, 1.0, seed=it),
    "seed of tf.random": lambda it: tf.random.normal((2,), seed=it),
    "an activation": nn.activations.get,
    "tf.constant": tf.constant,
    "from_tensor_slices": tf.data.Dataset.from_tensor_slices,
}
SEQUENCES = {  # and those that take lists only
    "sum": ad.sum,
    "sum with a box": lambda it: ad.sum([x, it]),
    "sin": ad.sin,
    "dot": lambda it: ad.dot(it, it),
    "concatenate": np.concatenate,
    "concatenate with a box": lambda it: np.concatenate([V, it]),
    "stack with a box": lambda it: np.stack([V, it]),
    "block": ad.block,
    "select": lambda it: np.select([it], [V]),
    "where": lambda it: np.where(it, V, V),
    "einsum": lambda it: ad.einsum("i,i", V, it),
    "add": lambda it: V + it,
    "add to the right": lambda it: it + V,
    "matmul": lambda it: V @ it,
    "less": lambda it: it > V,
    "a key": lambda it: V[it],
    "a key that is written": lambda it: V.copy().__setitem__(it, 0.0),
    "an item": lambda it: V.copy().__setitem__(0, it),
    "a shape": lambda it: np.reshape(V, it),
    "an axis": lambda it: np.sum(V, axis=it),
    "indices": lambda it: np.take(V, it),
    "in vmap, add": lambda it: ad.vmap(lambda a: a + it)(np.ones(2)),
    "in vmap, concatenate": lambda it: ad.vmap(lambda a: np.concatenate([a, it]))(np.ones((2, 2))),
    "in vmap, a key": lambda it: ad.vmap(lambda a: a[it])(np.ones((2, 2))),
    "in vmap, select": lambda it: ad.vmap(lambda a: np.select([a > 0], [it]))(np.ones((2, 2))),
    "svd": ad.linalg.svd,
    "tf.reduce_sum": tf.reduce_sum,
}  # fmt: skip
CASES = [(f"{name}: {make.__name__}", take, make) for name, take in STRUCTURES.items() for make in LISTS + DICTS]
CASES += [(f"{name}: {make.__name__}", take, make) for name, take in SEQUENCES.items() for make in LISTS]


@each("case", {name: case for name, *case in CASES})
def test_it_is_refused_in_words(case):
    take, make = case
    it = make()  # a deep one is made once
    with pytest.raises((ValueError, TypeError, IndexError)) as caught:
        take(it)
    assert 10 < len(str(caught.value)) < 1000


def test_the_message_names_the_bound():
    with pytest.raises(ValueError, match="contains itself, or is nested more than 100 levels deep"):
        ad.sum(of_itself())


def test_layers_deep_in_lists_are_refused():
    it = [nn.Dense(1)]
    for _ in range(LEVELS):
        it = [it]
    with pytest.raises(ValueError, match="nested more than 100 levels"):
        with_attribute(it)
    assert with_attribute(of_itself()) == []  # each part is entered once


def test_a_structure_within_the_bound_works():
    it = ad.Value(3.0)
    for _ in range(90):
        it = [it]

    def of_the_leaf(tree):
        while isinstance(tree, list):
            (tree,) = tree
        return tree * tree

    slope = ad.grad(of_the_leaf)(it)
    while isinstance(slope, list):
        (slope,) = slope
    assert float(slope) == 6.0


FREED = """
import autodiff as ad
for make in (ad.Value, ad.Variable, ad.constant, lambda x: ad.Tape()):
    for depth in range(40, 120):
        x = make(1.0)
        for _ in range(depth):
            x = [x]
        del x
"""


def test_what_is_freed_in_a_deep_structure_leaves_its_neighbours_alone():
    """CPython frees what lies deep later, by links in a header that objects without a collector don't have."""
    environment = {**os.environ, "PYTHONMALLOC": "debug"}  # which looks at the bytes around each block
    subprocess.run([sys.executable, "-c", FREED], check=True, env=environment)
