"""A step of a small convolutional network through the whole of each library: Conv2D, MaxPool2D, twice, and Dense; SGD."""

import numpy as np

from benchmarks.subject import Contender, Subject

RATE = 0.01


def data(case):
    """(images, labels)."""
    batch, size = case
    rng = np.random.default_rng(0)
    return rng.normal(size=(batch, size, size, 1)).astype("f"), rng.integers(0, 10, batch)


def layers(library):
    """The network; nn and Keras have the same names."""
    return [
        library.Conv2D(8, 3, activation="relu"), library.MaxPool2D(2), library.Conv2D(16, 3, activation="relu"),
        library.MaxPool2D(2), library.Flatten(), library.Dense(10),
    ]  # fmt: skip


def start(case):
    """The weights that all begin with, in Keras's order and shapes."""
    size = ((case[1] - 2) // 2 - 2) // 2
    rng = np.random.default_rng(1)
    shapes = (3, 3, 1, 8), (8,), (3, 3, 8, 16), (16,), (16 * size * size, 10), (10,)
    return [rng.normal(0, 0.1, shape).astype("f") for shape in shapes]


def model_of(case):
    import nn

    model = nn.Sequential(layers(nn))
    model.compile(nn.optimizers.SGD(RATE), nn.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.build((None, *data(case)[0].shape[1:]))
    model.set_weights(start(case))
    return model


def autodiff(case):
    model, (x, labels) = model_of(case), data(case)
    return lambda: model.train_on_batch(x, labels)


def autodiff_function(case):
    """The same step written out, and replayed as `fit` does."""
    import autodiff as ad

    model, (x, labels) = model_of(case), data(case)

    @ad.function
    def step(x, labels):
        with ad.Tape() as tape:
            loss = model.loss(labels, model(x))
        variables = model.trainable_variables
        model.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    return lambda: step(x, labels)


def keras(case):
    import keras

    x, labels = data(case)
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers(keras.layers)])
    model.compile(keras.optimizers.SGD(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.set_weights(start(case))

    def step():
        model.reset_metrics()
        return model.train_on_batch(x, labels)

    return step


def torch(case):
    import torch

    x, labels = data(case)
    x, labels = torch.tensor(x.transpose(0, 3, 1, 2).copy()), torch.tensor(labels)
    size = ((case[1] - 2) // 2 - 2) // 2
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Conv2d(8, 16, 3), torch.nn.ReLU(),
        torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(16 * size * size, 10),
    )  # fmt: skip
    arrays = start(case)
    arrays[0], arrays[2] = arrays[0].transpose(3, 2, 0, 1), arrays[2].transpose(3, 2, 0, 1)
    arrays[4] = arrays[4].reshape(size, size, 16, 10).transpose(3, 2, 0, 1).reshape(10, -1)  # its rows: channels first
    with torch.no_grad():
        for p, array in zip(model.parameters(), arrays):
            p.copy_(torch.tensor(array.copy()))
    optimizer, loss_of = torch.optim.SGD(model.parameters(), RATE), torch.nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss = loss_of(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


SUBJECT = Subject(
    title="A step of a small CNN (batch, size of the images)",
    cases={"64, 28": (64, 28)},
    quick={"2, 10": (2, 10)},
    contenders={
        "autodiff": Contender(autodiff),
        "autodiff, @ad.function": Contender(autodiff_function, ("ad.function",)),
        "PyTorch": Contender(torch, ("torch",)),
        "Keras": Contender(keras, ("tensorflow", "keras")),
    },
    inverse=True,
    rtol=1e-3,
)
