"""The first layers, losses and optimizers, and the scalar network that must agree with them."""

import numpy as np
import pytest

import autodiff as ad
import nn


def test_the_scalar_twin_equals_the_dense_network():
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
    dense = nn.Sequential([nn.Dense(4, "tanh", dtype="float64"), nn.Dense(1, dtype="float64")])
    dense(x)
    twin = nn.scalar.MLP(3, [4, 1], activation="tanh")
    for layer, scalar_layer in zip(dense.layers, twin.layers):
        layer.bias.assign(rng.normal(size=layer.bias.shape))
        for k, neuron in enumerate(scalar_layer.neurons):
            for w, number in zip(neuron.w, layer.kernel.numpy()[:, k]):
                w.assign(number)
            neuron.b.assign(layer.bias.numpy()[k])
    with ad.Tape() as tape:
        loss = nn.losses.MeanSquaredError()(target, dense(x))
    variables = dense.trainable_variables
    grads = tape.gradient(loss, variables)
    with ad.Tape() as tape:
        errors = [(twin(row) - float(t)) ** 2 for row, t in zip(x.tolist(), target[:, 0])]
        scalar_loss = sum(errors) / len(errors)
    scalar_grads = tape.gradient(scalar_loss, [[[n.w, n.b] for n in layer.neurons] for layer in twin.layers])
    assert float(loss) == pytest.approx(float(scalar_loss), rel=1e-12)
    for k, layer in enumerate(scalar_grads):
        kernel = np.array([[float(g) for g in w] for w, _ in layer]).T
        np.testing.assert_allclose(kernel, grads[2 * k].numpy(), rtol=1e-12)
        np.testing.assert_allclose([float(b) for _, b in layer], grads[2 * k + 1].numpy(), rtol=1e-12)


@pytest.mark.parametrize("optimizer", [nn.optimizers.SGD(0.1), nn.optimizers.Adam(0.1)], ids=["SGD", "Adam"])
def test_optimizers_update_values_and_variables_alike(optimizer):
    v, w = ad.Value(1.0), ad.Variable([1.0, -1.0])
    for _ in range(200):
        with ad.Tape() as tape:
            loss = v * v + np.sum(w * w)
        optimizer.apply_gradients(zip(tape.gradient(loss, [v, w]), [v, w]))
    assert abs(float(v)) < 1e-2 and np.abs(w.numpy()).max() < 1e-2


def test_losses_refuse_to_broadcast():
    with pytest.raises(ValueError, match="equal shapes"):
        nn.losses.mean_squared_error(np.zeros(3), ad.constant(np.zeros((3, 1))))


def test_losses_are_exact_at_extreme_logits():
    z = ad.constant([[1000.0, -1000.0]])
    assert float(nn.losses.SparseCategoricalCrossentropy(from_logits=True)([1], z)) == 2000.0
    assert float(nn.losses.BinaryCrossentropy(from_logits=True)([[0.0, 1.0]], z)) == 1000.0
