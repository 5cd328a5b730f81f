"""What is played in the tests of the player."""

import functools

import numpy as np

import autodiff as ad
import nn


def shared():
    """A graph with a shared node, x * x, a cut edge and constants."""
    w, x, b = ad.Value(2.0, name="w"), ad.Value(-0.5, name="x"), ad.Value(1.0, name="b")
    tape = ad.Tape(persistent=True)
    with tape:
        a = w * x
        loss = ad.tanh(a * a + b) + a * x
    return tape, loss, [w, x, b, a]


def network():
    rng = np.random.default_rng(0)
    kernel, bias = ad.Variable(rng.normal(size=(2, 3)), name="dense/kernel"), ad.Variable(np.zeros(3), name="dense/bias")
    tape = ad.Tape(persistent=True)
    with tape:
        loss = ad.mean(ad.softmax(rng.normal(size=(5, 2)) @ kernel + bias)[:, 0] ** 2)
    return tape, loss, [kernel, bias]


def neurons():
    """Some 500 Values."""
    def layer(inputs, size):
        return [ad.tanh(sum((ad.Value(0.1 * k - 0.3) * x for x in inputs), ad.Value(0.1))) for k in range(size)]

    tape = ad.Tape(persistent=True)
    with tape:
        outputs = layer(layer(layer([ad.Value(0.5, name="x1"), ad.Value(-0.3, name="x2")], 16), 7), 1)
        loss = (outputs[0] - 1.0) ** 2
    return tape, loss


def perceptron():
    def probability(w, x, b, y):
        p = ad.sigmoid(w @ x + b)
        return -(y * ad.log(p) + (1.0 - y) * ad.log(1.0 - p))

    return probability, np.array([0.5, -1.2]), np.array([1.0, 2.0]), 0.3, 1.0


def lecture():
    """A neuron of Values, with a penalty, from the lecture that micrograd comes from."""
    x1, x2 = ad.Value(2.0, name="x1"), ad.Value(0.0, name="x2")
    w1, w2, b = ad.Value(-3.0, name="w1"), ad.Value(1.0, name="w2"), ad.Value(6.8813735870195432, name="b")
    with ad.Tape(persistent=True) as tape:
        n = x1 * w1 + x2 * w2 + b
        loss = (n.tanh() - 1.0) ** 2 + 0.1 * (w1**2 + w2**2)
    loss.name = "loss"
    return tape, loss


def layers():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(4, "relu"), nn.Dense(3, "softmax")])
    with ad.Tape(persistent=True) as tape:
        loss = -ad.mean(ad.log(model(np.linspace(-1, 1, 10).reshape(5, 2))[:, 0]))
    return tape, loss


def unrolled(steps=4):
    rng = np.random.default_rng(0)
    w, u, b = (ad.Variable(rng.normal(size=shape), name=name) for name, shape in (("W", (3, 3)), ("U", (2, 3)), ("b", 3)))
    with ad.Tape(persistent=True) as tape:
        h = np.zeros(3)
        for x in rng.normal(size=(steps, 2)):
            h = ad.tanh(h @ w + x @ u + b)
        loss = ad.sum(h**2)
    return tape, loss


def stepped():
    """A loop whose steps have no frame, as each of its statements is one box."""
    rng = np.random.default_rng(0)
    w, u = (ad.Variable(rng.normal(size=shape), name=name) for name, shape in (("w", (3, 3)), ("u", (2, 3))))

    def loss(seq):
        h, total = np.zeros((1, 3)), 0.0
        for step in range(len(seq)):
            h = np.tanh(seq[step] @ u + h @ w)
            total = total + np.mean((h - 1.0) ** 2)
        return total

    return loss, [rng.normal(size=(1, 2)) for _ in range(20)]


def chain(leaf, length):
    with ad.Tape(persistent=True) as tape:
        y = leaf
        for _ in range(length):
            y = ad.sin(y)
    return tape, y


def heat():
    """Derivatives by the place and by the time in a loss, whose arrows leave little room between them."""
    rng = np.random.default_rng(0)
    first, bias, last = (ad.Variable(rng.normal(size=size)) for size in ((2, 6), 6, (6, 1)))
    first.name, bias.name, last.name = "first", "bias", "last"
    x, t = ad.constant(rng.random((5, 1))), ad.constant(rng.random((5, 1)))

    def u(x, t):
        return np.tanh(np.concatenate([x, t], axis=1) @ first + bias) @ last

    with ad.Tape(lines=True, persistent=True) as tape:
        with ad.Tape() as outer:
            outer.watch(x)
            with ad.Tape(persistent=True) as inner:
                inner.watch(x)
                inner.watch(t)
                value = u(x, t)
            u_x, u_t = inner.gradient(value, x), inner.gradient(value, t)
        residual = u_t - 0.1 * outer.gradient(u_x, x)
        start = u(np.linspace(0, 1, 5)[:, None], np.zeros((5, 1)))
        loss = np.mean(residual**2) + np.mean(start**2)
    return tape, loss


def attend(x, keys):
    weights = ad.softmax(keys @ x)
    return weights @ keys


def cell(x, w):
    return ad.tanh(w @ x)


def model(w, x):
    """Calls of functions in a loop over time, which is folded."""
    keys = x
    h = x[0]
    for _ in range(3):
        a = cell(h, w)
        h = attend(a, keys) + cell(a, w)
    loss = ad.sum(h**2)
    return loss


def folded():
    rng = np.random.default_rng(1)
    return model, rng.normal(size=(4, 4)), rng.normal(size=(3, 4))


@functools.cache
def played(subject, **options):
    """The player of a subject, which is laid out once for all tests."""
    what = subject()
    return ad.play(*(what if callable(what[0]) else what[:2]), **options)


SUBJECTS = {
    "the README's loss": lambda: (lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0),
    "a square": lambda: (lambda x: x * x, 3.0),
    "a shared node": shared,
    "a network of one layer": network,
    "a perceptron": perceptron,
    "a neuron of Values": lecture,
    "two layers": layers,
    "a loop over time": unrolled,
    "a short chain": lambda: chain(ad.Value(0.5, name="x"), 9),
    "a long chain": lambda: chain(ad.Value(0.5, name="x"), 40),
    "many into one": lambda: (lambda x: sum(x[k] for k in range(12)), np.arange(12.0)),
    "one into many": lambda: (lambda x: sum(ad.sin(x * float(k)) for k in range(8)), 0.5),
}


def enumerate_names(sources):
    return [(f"s{k}", box) for k, box in enumerate(sources)]
