"""Programs of many shapes, as people write them, and the pictures of them."""

import functools
import random

import numpy as np

import autodiff as ad
import nn
from autodiff.drawing.picture import Picture
from autodiff.drawing.player.inside import view_of
from tests.draw import small_gpt


def arrays(seed, **shapes):
    """An array for each name."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) * 0.4 for name, shape in shapes.items()}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(scores):
    shares = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return shares / np.sum(shares, axis=-1, keepdims=True)


def least_squares(w, b, x, y):
    residual = x @ w + b - y
    return np.mean(residual**2)


def logistic_regression(w, b, x, y):
    p = sigmoid(x @ w + b)
    likelihood = y * np.log(p) + (1.0 - y) * np.log(1.0 - p)
    return -np.mean(likelihood) + 0.01 * np.sum(w**2)


def mlp(p, x, y):
    hidden = np.tanh(x @ p["w1"] + p["b1"])
    hidden = np.tanh(hidden @ p["w2"] + p["b2"])
    logits = hidden @ p["w3"] + p["b3"]
    return np.mean((logits - y) ** 2)


def residual_blocks(p, x):
    for k in range(3):
        inner = ad.relu(x @ p[f"in{k}"]) @ p[f"out{k}"]
        x = ad.relu(x + inner)
    return np.sum(x**2)


def attention_head(p, x):
    q, k, v = x @ p["wq"], x @ p["wk"], x @ p["wv"]
    scores = q @ k.T / np.sqrt(4.0)
    shares = softmax(scores)
    mixed = shares @ v
    return np.mean((mixed @ p["wo"] + x) ** 2)


def layer_norm(x, scale, shift):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    spread = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)
    return centred / spread * scale + shift


def transformer_block(p, x):
    def attention(x):
        heads = []
        for head in range(2):
            q, k, v = (x @ p[f"{name}{head}"] for name in ("wq", "wk", "wv"))
            heads.append(softmax(q @ k.T / 2.0) @ v)
        return np.concatenate(heads, axis=-1) @ p["wo"]

    x = x + attention(layer_norm(x, p["scale1"], p["shift1"]))
    x = x + ad.relu(layer_norm(x, p["scale2"], p["shift2"]) @ p["up"]) @ p["down"]
    return np.mean(x**2)


def lstm(p, series):
    def cell(x, h, c):
        z = np.concatenate([x, h], axis=1)
        forget, enter, leave = (sigmoid(z @ p[name]) for name in ("forget", "enter", "leave"))
        c = forget * c + enter * np.tanh(z @ p["candidate"])
        return leave * np.tanh(c), c

    h, c = np.zeros((5, 4)), np.zeros((5, 4))
    for step in range(4):
        h, c = cell(series[step], h, c)
    return np.mean(h**2)


def gru(p, series):
    def cell(x, h):
        both = np.concatenate([x, h], axis=1)
        update, reset = sigmoid(both @ p["update"]), sigmoid(both @ p["reset"])
        candidate = np.tanh(np.concatenate([x, reset * h], axis=1) @ p["candidate"])
        return (1.0 - update) * h + update * candidate

    h = np.zeros((5, 4))
    for step in range(4):
        h = cell(series[step], h)
    return np.mean(h**2)


def recurrent(p, series):
    h, loss = np.zeros((5, 4)), 0.0
    for step in range(4):
        h = np.tanh(series[step] @ p["u"] + h @ p["w"])
        loss = loss + np.mean((h @ p["out"] - 1.0) ** 2)
    return loss / 4.0


def vae(p, x, noise):
    def encoder(x):
        hidden = np.tanh(x @ p["encoder"])
        return hidden @ p["mean"], hidden @ p["log_variance"]

    def decoder(z):
        return sigmoid(np.tanh(z @ p["decoder"]) @ p["pixels"])

    mean, log_variance = encoder(x)
    z = mean + np.exp(0.5 * log_variance) * noise
    image = decoder(z)
    error = -np.sum(x * np.log(image) + (1.0 - x) * np.log(1.0 - image))
    divergence = -0.5 * np.sum(1.0 + log_variance - mean**2 - np.exp(log_variance))
    return error + divergence


def gan():
    """The pictures of the losses of both networks, each on a tape of its own."""
    p = {name: ad.Variable(raw, name=name) for name, raw in arrays(6, g1=(2, 6), g2=(6, 3), d1=(3, 6), d2=(6, 1)).items()}
    noise, real = arrays(7, noise=(8, 2), real=(8, 3)).values()

    def generator(z):
        return np.tanh(z @ p["g1"]) @ p["g2"]

    def discriminator(x):
        return sigmoid(ad.relu(x @ p["d1"]) @ p["d2"])

    with ad.Tape(persistent=True) as for_generator, ad.Tape(persistent=True) as for_discriminator:
        fake = generator(noise)
        judged, judged_real = discriminator(fake), discriminator(real)
        generator_loss = -np.mean(np.log(judged))
        discriminator_loss = -np.mean(np.log(judged_real)) - np.mean(np.log(1.0 - judged))
    return ad.draw(for_generator, generator_loss), ad.draw(for_discriminator, discriminator_loss)


def physics_informed(p, t):
    """y'' + y = 0 with y(0) = 0 and y'(0) = 1, by the network's own derivatives."""

    def network(t):
        return np.tanh(t @ p["w1"] + p["b1"]) @ p["w2"]

    with ad.Tape() as outer:
        outer.watch(t)
        with ad.Tape() as inner:
            inner.watch(t)
            y = network(t)
        slope = inner.gradient(y, t)
    curvature = outer.gradient(slope, t)
    equation = np.mean((curvature + y) ** 2)
    start = y[0, 0] ** 2 + (slope[0, 0] - 1.0) ** 2
    return equation + start


def neuron():
    """micrograd's example, scalar by scalar."""
    a, b = ad.Value(-4.0), ad.Value(2.0)
    with ad.Tape(persistent=True) as tape:
        c = a + b
        d = a * b + b**3
        c = c + c + 1.0
        c = c + 1.0 + c - a
        d = d + d * 2.0 + ad.relu(b + a)
        d = d + 3.0 * d + ad.relu(b - a)
        e = c - d
        f = e**2
        g = f / 2.0
        g = g + 10.0 / f
    return ad.draw(tape, g)


def scalar_mlp():
    """A network of 2, 4 and 1 neurons of Values."""
    random.seed(3)
    layers = [[[ad.Value(random.uniform(-1, 1)) for _ in range(n + 1)] for _ in range(m)] for n, m in ((2, 4), (4, 1))]
    x = [ad.Value(0.5), ad.Value(-1.0)]
    with ad.Tape(persistent=True) as tape:
        hidden = x
        for layer in layers:
            hidden = [ad.tanh(sum(w * v for w, v in zip(neuron, hidden)) + neuron[-1]) for neuron in layer]
        loss = (hidden[0] - 1.0) ** 2
    return ad.draw(tape, loss)


def convnet():
    nn.set_random_seed(0)
    layers = [nn.Conv2D(4, 3, activation="relu", padding="same"), nn.MaxPooling2D(2), nn.Flatten(), nn.Dense(3)]
    x, y = np.ones((2, 8, 8, 1), np.float32), np.array([0, 2])
    with ad.Tape(persistent=True) as tape:
        logits = x
        for layer in layers:
            logits = layer(logits)
        loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)(y, logits)
    return ad.draw(tape, loss)


def autoencoder():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(8, "relu"), nn.Dense(3, "tanh"), nn.Dense(8, "relu"), nn.Dense(6)])
    x = np.ones((4, 6), np.float32)
    with ad.Tape(persistent=True) as tape:
        loss = np.mean((model(x) - x) ** 2)
    return ad.draw(tape, loss)


def kalman(p, observations):
    state, spread, loss = p["state"], p["spread"], 0.0
    for step in range(3):
        state, spread = p["f"] @ state, p["f"] @ spread @ p["f"].T + p["q"]
        surprise = observations[step] - p["h"] @ state
        total = p["h"] @ spread @ p["h"].T + 0.1
        gain = spread @ p["h"].T / total
        state, spread = state + gain @ surprise, spread - gain @ p["h"] @ spread
        loss = loss + np.sum(surprise**2) / np.sum(total) + np.log(np.sum(total))
    return loss


def unet(p, x):
    first = np.tanh(x @ p["a"])
    second = np.tanh(first @ p["b"])
    third = np.tanh(second @ p["c"])
    up = np.tanh(np.concatenate([third @ p["d"], second], axis=1) @ p["e"])
    up = np.tanh(np.concatenate([up @ p["f"], first], axis=1) @ p["g"])
    return np.mean((up - x) ** 2)


def mixture(p, x):
    weights = softmax(p["logits"])
    parts = [weights[k] * np.exp(-0.5 * np.sum((x - p["means"][k]) ** 2, axis=1)) for k in range(3)]
    return -np.mean(np.log(parts[0] + parts[1] + parts[2]))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def deep(w, x):
    for _ in range(24):
        x = np.tanh(x * w)
    return np.sum(x)


def beam(heights):
    """By finite elements: how far its tip bends, and its mass."""
    stiff = np.array([[12.0, 6.0, -12.0, 6.0], [6.0, 4.0, -6.0, 2.0], [-12.0, -6.0, 12.0, -6.0], [6.0, 2.0, -6.0, 4.0]])

    def assemble(rigidity):
        total = np.zeros((10, 10))
        for e in range(4):
            place = np.zeros((10, 4))
            place[2 * e : 2 * e + 4] = np.eye(4)
            total = total + rigidity[e] * (place @ stiff @ place.T)
        return total[2:, 2:]

    inertia = 0.05 * heights**3 / 12.0
    stiffness = assemble(210e9 * inertia)
    displacement = np.linalg.solve(stiffness, np.eye(8)[6])
    return 1e3 * displacement[-2] ** 2 + 0.01 * np.sum(heights)


def hopfield(patterns, beta, probe):
    def energy(patterns, state, beta):
        overlaps = patterns @ state
        return -ad.logsumexp(beta * overlaps) / beta + 0.5 * state @ state

    def retrieve(patterns, state, beta):
        for step in range(3):  # noqa: B007  # it names the frames
            similarity = ad.softmax(beta * (patterns @ state))
            state = similarity @ patterns
        return state

    recalled = retrieve(patterns, probe, beta)
    mistake = np.sum((recalled - patterns[2]) ** 2)
    return mistake + 0.01 * energy(patterns, recalled, beta)


def gates(names):
    return arrays(4, **dict.fromkeys(names, (7, 4)))


SERIES = arrays(5, series=(4, 5, 3))["series"]
BLOCK = {f"{name}{head}": (4, 2) for name in ("wq", "wk", "wv") for head in range(2)} | {
    "wo": (4, 4), "up": (4, 8), "down": (8, 4), **dict.fromkeys(("scale1", "shift1", "scale2", "shift2"), (4,)),
}  # fmt: skip


def drawn(function, *arguments):
    return lambda: ad.draw(function, *arguments)


def head_of_gpt():
    """One attention head of a GPT on Values, from inside."""
    graph = ad.draw(small_gpt.loss_of, [0, 1, 2, 3], budget=60).sketch.graph
    path = next(node.group for node in graph.nodes if "head 1" in node.group)
    return Picture(view_of(graph, path[: path.index("head 1") + 6]))


MADE = {  # what makes the picture of each
    "least squares": drawn(least_squares, *arrays(0, w=(3,), b=(), x=(8, 3), y=(8,)).values()),
    "logistic regression": drawn(logistic_regression, *arrays(1, w=(3,), b=(), x=(8, 3), y=(8,)).values()),
    "mlp": drawn(mlp, arrays(2, w1=(3, 5), b1=(5,), w2=(5, 5), b2=(5,), w3=(5, 1), b3=(1,)),
                 *arrays(3, x=(8, 3), y=(8, 1)).values()),
    "residual blocks": drawn(residual_blocks, arrays(2, **{f"{w}{k}": (4, 4) for k in range(3) for w in ("in", "out")}),
                             np.ones((2, 4))),
    "attention head": drawn(attention_head, arrays(2, wq=(6, 4), wk=(6, 4), wv=(6, 4), wo=(4, 6)), np.ones((5, 6))),
    "transformer block": drawn(transformer_block, arrays(2, **BLOCK), np.ones((3, 4))),
    "lstm": drawn(lstm, gates(("forget", "enter", "leave", "candidate")), SERIES),
    "gru": drawn(gru, gates(("update", "reset", "candidate")), SERIES),
    "recurrent": drawn(recurrent, arrays(4, u=(3, 4), w=(4, 4), out=(4, 1)), SERIES),
    "vae": drawn(vae, arrays(2, encoder=(6, 5), mean=(5, 2), log_variance=(5, 2), decoder=(2, 5), pixels=(5, 6)),
                 np.full((4, 6), 0.5), np.ones((4, 2))),
    "gan, generator": lambda: gan()[0],
    "gan, discriminator": lambda: gan()[1],
    "physics-informed": drawn(physics_informed, arrays(2, w1=(1, 6), b1=(6,), w2=(6, 1)), np.linspace(0.0, 1.0, 5)[:, None]),
    "neuron": neuron,
    "scalar mlp": scalar_mlp,
    "microgpt": drawn(small_gpt.loss_of, [0, 1, 2, 3]),
    "one head of microgpt": head_of_gpt,
    "convnet": convnet,
    "autoencoder": autoencoder,
    "kalman filter": drawn(kalman, arrays(2, state=(2, 1), spread=(2, 2), f=(2, 2), q=(2, 2), h=(1, 2)), np.ones((3, 1, 1))),
    "u-net": drawn(unet, arrays(2, a=(6, 5), b=(5, 4), c=(4, 3), d=(3, 4), e=(8, 4), f=(4, 5), g=(10, 6)), np.ones((4, 6))),
    "mixture": drawn(mixture, arrays(2, logits=(3,), means=(3, 2)), np.ones((6, 2))),
    "rosenbrock": drawn(rosenbrock, np.linspace(0.5, 1.5, 4)),
    "beam": drawn(beam, np.array([0.06, 0.05, 0.04, 0.03])),
    "hopfield": lambda: ad.draw(lambda patterns, beta: hopfield(patterns, beta, np.ones(10)), np.ones((5, 10)), 0.2),
    "deep": drawn(deep, np.linspace(0.1, 0.4, 3), np.ones(3)),
}  # fmt: skip
PROGRAMS = {name: functools.cache(make) for name, make in MADE.items()}  # laid out once for all tests: it takes up to seconds
