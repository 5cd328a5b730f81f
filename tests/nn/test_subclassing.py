"""Layers and models of one's own: where variables are found, what they are called, when they are made, and what a failure
leaves behind."""

import copy
import pickle

import numpy as np
import pytest

import autodiff as ad
import nn
from nn.layers.tree import VARIABLE, walk

X = np.cos(np.arange(6.0)).reshape(2, 3)


class Scale(nn.Layer):
    """x times a factor for each feature."""

    def build(self, input_shape):
        self.factor = self.add_weight(input_shape[-1:], "ones", regularizer="l2", name="factor")

    def call(self, x):
        return x * self.factor


class Tree(nn.Model):
    """Variables and layers wherever they may stand."""

    def __init__(self):
        super().__init__(name="tree")
        self.first = nn.Dense(2)
        self.blocks = [nn.Dense(2), {"deep": (Scale(), nn.Sequential([nn.Dense(2)]))}]
        self.heads = {"mean": nn.Dense(1), "spread": nn.Dense(1)}
        self.again = self.first  # the same layer by another name
        self.bias = ad.Variable(np.zeros(1, "float32"), name="bias")
        self.value = ad.Value(2.0, name="value")
        self.shape = (2, 3)
        self.table = np.zeros(4)

    def call(self, x):
        x = self.blocks[0](self.first(x))
        for layer in self.blocks[1]["deep"]:
            x = layer(x)
        return self.heads["mean"](x) * self.heads["spread"](x) + self.bias * self.value


def built(model, x=X):
    model(x)
    return model


# -- what is found ---------------------------------------------------------------------------------------------------


def test_variables_are_found_in_attributes_lists_tuples_and_dicts_once_each():
    tree = built(Tree())
    assert [path for path, _ in walk(tree, VARIABLE)] == [
        "first.kernel",
        "first.bias",
        "blocks.0.kernel",
        "blocks.0.bias",
        "blocks.1.deep.0.factor",
        "blocks.1.deep.1.layers.0.kernel",
        "blocks.1.deep.1.layers.0.bias",
        "heads.mean.kernel",
        "heads.mean.bias",
        "heads.spread.kernel",
        "heads.spread.bias",
        "bias",
        "value",
    ]
    assert len(tree.variables) == len({id(v) for v in tree.variables}) == 13
    assert tree.trainable_variables == tree.variables and tree.non_trainable_variables == []
    assert tree.count_params() == sum(v.size for v in tree.variables)
    assert [v.name for v in tree.variables[:2]] == ["dense/kernel", "dense/bias"]


def test_the_layers_of_a_model_are_those_it_is_made_of():
    tree = Tree()
    assert tree.layers == [tree.first, tree.blocks[0], *tree.blocks[1]["deep"], *tree.heads.values()]


def test_every_variable_learns():
    tree = built(Tree())
    before = [np.array(v.numpy()) for v in tree.variables]
    tree.compile("adam", "mse")
    tree.fit(X, X.sum(1), epochs=3, verbose=0)
    assert all(not np.array_equal(b, v.numpy()) for b, v in zip(before, tree.variables))


def test_names_that_differ_by_an_underscore_are_two_names():
    layer = nn.Layer()
    layer.w, layer._w = ad.Variable(1.0), ad.Variable(2.0)
    assert len(dict(walk(layer, VARIABLE))) == 2


def test_penalties_of_all_layers_inside():
    tree = built(Tree())
    (penalty,) = tree.losses
    assert float(penalty) == pytest.approx(0.01 * 2)  # l2 of a factor of ones
    assert Scale().losses == []


def test_a_shared_layer_counts_once_and_learns_from_all_its_places():
    shared = nn.Dense(3, use_bias=False)
    model = nn.Sequential([shared, shared])
    with ad.Tape() as tape:
        y = model(X)
    assert len(model.variables) == 1 and model.count_params() == 9
    k, x = shared.kernel.numpy(), X.astype("float32")
    np.testing.assert_allclose(y, x @ k @ k, rtol=1e-5)
    ones = np.ones((2, 3), "float32")
    np.testing.assert_allclose(tape.gradient(y, shared.kernel), x.T @ ones @ k.T + (x @ k).T @ ones, rtol=1e-4, atol=1e-5)


def test_a_model_may_hold_itself_in_a_circle():
    tree = built(Tree())
    tree.blocks[0].parent = tree
    assert len(tree.variables) == 13


# -- when and how they are made --------------------------------------------------------------------------------------


def test_a_layer_is_built_at_its_first_call_or_before():
    layer = Scale()
    assert not layer.built and layer.variables == [] and "not built" in repr(layer)
    with pytest.raises(ValueError, match="scale is not built, so its size is unknown"):
        layer.count_params()
    layer.build((None, 3))
    assert layer.built and layer.count_params() == 3 and repr(layer) == "<Scale(), 3 parameters>"
    assert layer(X).shape == (2, 3)
    tree = Tree()
    tree.build((None, 3))
    assert tree.built and tree.first.kernel.shape == (3, 2)


def test_a_sequential_with_an_input_shape_is_built_at_once():
    for first in ([nn.Dense(2, input_shape=(3,))], [nn.Input((3,)), nn.Dense(2)], [nn.Dense(2, input_shape=3)]):
        model = nn.Sequential([*first, nn.Dense(1)])
        assert model.built and model.count_params() == 11
        assert model.layers[-1].output_shape == (None, 1)


def test_layers_may_be_added_and_taken_away():
    model = nn.Sequential([nn.Dense(2)])
    assert model(X).shape == (2, 2)
    model.add(nn.Dense(5))
    assert model(X).shape == (2, 5) and len(model.variables) == 4
    assert model.pop().units == 5 and model(X).shape == (2, 2)


def test_several_inputs_and_a_training_argument():
    class Join(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.dropout = nn.Dense(2), nn.Dropout(1.0)

        def call(self, x, y, training=False):
            return self.dropout(self.dense(x) + y, training=training)

    join = Join()
    y = np.ones((2, 2))
    assert join(X, y).shape == (2, 2) and np.any(join(X, y))
    assert not np.any(join(X, y, training=True))


def test_the_dtype_holds_for_inputs_variables_and_results():
    for dtype in ("float32", "float64"):
        layer = Scale(dtype=dtype)
        for x in (X, X.astype("float32"), X.astype(int), X.tolist(), ad.constant(X)):
            assert layer(x).dtype == dtype
        assert layer.factor.dtype == dtype


def test_a_forgotten_super_does_no_harm():
    class Plain(nn.Model):
        def __init__(self):
            self.dense = nn.Dense(1)

        def call(self, x):
            return self.dense(x)

    model = Plain()
    model.compile("sgd", "mse")
    model.fit(X, X.sum(1), verbose=0)
    assert len(model.variables) == 2 and model.name == "plain"


def test_a_layer_without_call_says_so():
    with pytest.raises(NotImplementedError, match=r"Layer does not say how it computes: define call\(self, x\)"):
        nn.Layer()(X)
    with pytest.raises(ValueError, match="An empty Sequential has nothing to compute"):
        nn.Sequential()(X)


# -- a weight ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, options, shape, name",
    [
        (((2, 3),), {}, (2, 3), "weight"),
        (((2, 3), "zeros"), {"name": "a"}, (2, 3), "a"),
        ((), {"shape": (2,), "initializer": "ones", "name": "a"}, (2,), "a"),
        (("a",), {"shape": [2, 3]}, (2, 3), "a"),
        (("a", [2, 3]), {}, (2, 3), "a"),
        (("a",), {"initializer": "ones"}, (), "a"),
        ((), {"name": "a"}, (), "a"),
    ],
)
def test_add_weight_takes_the_shape_or_the_name_first(given, options, shape, name):
    v = nn.Layer().add_weight(*given, **options)
    assert v.shape == shape and v.name == f"layer/{name}" and v.dtype == "float32"


# -- failures leave nothing behind -----------------------------------------------------------------------------------


class Fails(nn.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight((2, 2), name="kernel")

    def call(self, x):
        raise RuntimeError("in the middle")


def test_what_fails_at_its_first_call_is_as_it_was():
    model = nn.Sequential([nn.Dense(2), nn.Sequential([nn.Dense(3), Fails()])])
    for _ in range(2):
        with pytest.raises(RuntimeError, match="in the middle"):
            model(X)
        assert model.variables == [] and not any(layer.built for _, layer in walk(model, nn.Layer))
    model.layers[1].pop()
    assert model(X).shape == (2, 3) and len(model.variables) == 4


def test_what_fails_later_is_as_it_was():
    model = nn.Sequential([nn.Dense(2), nn.Dense(3)])
    model(X)
    before = model.get_weights()
    with pytest.raises(ValueError, match="dense was built for 3 features"):
        model(np.zeros((2, 4)))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights())) and model.built


# -- names -----------------------------------------------------------------------------------------------------------


def test_layers_of_a_sequential_have_different_names():
    model = nn.Sequential([nn.Dense(2), nn.Dense(2), nn.Conv2D(1, 1), nn.Dense(2, name="mine")])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "conv2d", "mine"]
    model.add(nn.Dense(2))
    assert model.layers[-1].name == "dense_2"
    with pytest.raises(ValueError, match="two are called 'mine'"):
        nn.Sequential([nn.Dense(2, name="mine"), nn.Dense(2, name="mine")])
    with pytest.raises(ValueError, match="list of layers, but holds 'relu'"):
        nn.Sequential(["relu"])


# -- weights, freezing, copies ---------------------------------------------------------------------------------------


def test_weights_go_out_and_in_or_not_at_all():
    one, two = built(nn.MLP([4, 2])), built(nn.MLP([4, 2]))
    weights = one.get_weights()
    two.set_weights(weights)
    np.testing.assert_array_equal(one(X), two(X))
    weights[0][:] = 0  # a copy
    assert np.any(one.get_weights()[0])
    before = two.get_weights()
    for wrong in (weights[:-1], [*weights[:-1], np.zeros(3)], []):
        with pytest.raises(ValueError, match="mlp has variables of shapes"):
            two.set_weights(wrong)
        assert all(np.array_equal(a, b) for a, b in zip(before, two.get_weights()))
    with pytest.raises(ValueError, match="not built yet"):
        nn.Dense(2).set_weights(weights)


def test_freezing_holds_for_all_inside_and_thawing_gives_back_what_was():
    model = nn.Sequential([nn.Dense(2), nn.Sequential([nn.BatchNormalization()])])
    model(X)
    model.trainable = False
    assert model.trainable_variables == [] and len(model.non_trainable_variables) == 6
    model.trainable = True
    assert len(model.trainable_variables) == 4 and len(model.non_trainable_variables) == 2
    model.layers[0].trainable = False
    assert len(model.trainable_variables) == 2


def test_a_layer_frozen_before_it_is_built_is_frozen():
    frozen = nn.Dense(2, trainable=False)
    model = nn.Sequential([frozen, nn.Dense(1)])
    model.compile("sgd", "mse")
    model(X)
    before = frozen.get_weights()
    model.fit(X, X.sum(1), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, frozen.get_weights()))
    assert [v.trainable for v in model.variables] == [False, False, True, True]
    frozen.trainable = True
    assert all(v.trainable for v in model.variables)


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"])
def test_a_copied_model_computes_and_learns_alike(clone):
    model = nn.Sequential([nn.Dense(4, "relu", kernel_regularizer="l2"), nn.Dropout(0.5, seed=1), nn.Dense(1)])
    model.compile("adam", "mse", ["mae"])
    model.fit(X, X.sum(1), verbose=0)
    twin = clone(model)
    np.testing.assert_array_equal(model(X), twin(X))
    for each in (model, twin):
        each.fit(X, X.sum(1), epochs=3, verbose=0, shuffle=False)
    assert [w.tobytes() for w in model.get_weights()] == [w.tobytes() for w in twin.get_weights()]
    assert not any(a is b for a, b in zip(model.variables, twin.variables))


def test_the_summary_names_layers_shapes_and_sizes():
    lines = []
    model = nn.Sequential([nn.Dense(4), nn.Dropout(0.5), nn.Dense(1)])
    model.summary(print_fn=lines.append)
    assert "0 (unbuilt)" in lines[1]
    lines.clear()
    built(model).summary(print_fn=lines.append)
    assert lines[0] == 'Model: "sequential"' and "dense (Dense)" in lines[1] and "(None, 4)" in lines[1]
    assert lines[2] == "Total params: 21 (84.00 B)"


def test_a_subclass_may_call_its_own_attributes_inputs_and_outputs():
    class Own(nn.Model):
        def __init__(self):
            super().__init__()
            self.inputs, self.outputs = nn.Dense(4), nn.Dense(2)

        def call(self, x):
            return self.outputs(self.inputs(x))

    model = Own()
    assert model(np.ones((1, 3))).shape == (1, 2) and [layer.units for layer in model.layers] == [4, 2]
