"""One step on the digits, 64-64-64-10, ReLU, softmax and cross-entropy, by Adam, in float32."""

import itertools

import numpy as np

from benchmarks.subject import Contender, Subject

RATE, BETA_1, BETA_2, EPSILON = 0.001, 0.9, 0.999, 1e-7


def problem(case):
    """(kernels and biases, x, labels)."""
    sizes, batch = case
    rng = np.random.default_rng(0)
    params = []
    for n_in, n_out in itertools.pairwise(sizes):
        params += [rng.normal(0, (2 / n_in) ** 0.5, (n_in, n_out)).astype("f"), np.zeros(n_out, "f")]
    return params, rng.normal(size=(batch, sizes[0])).astype("f"), rng.integers(0, sizes[-1], batch)


def by_hand(case):
    """Backpropagation and Adam as a person writes them."""
    params, x, labels = problem(case)
    rows, last, t = np.arange(len(x)), len(params) - 2, 0
    m, v = ([np.zeros_like(p) for p in params] for _ in range(2))

    def step():
        nonlocal t
        t += 1
        rate = RATE * (1 - BETA_2**t) ** 0.5 / (1 - BETA_1**t)
        layers = [x]
        for k in range(0, last + 2, 2):
            z = layers[-1] @ params[k] + params[k + 1]
            layers.append(np.maximum(z, 0.0) if k < last else z)
        z = layers[-1] - layers[-1].max(axis=1, keepdims=True)
        p = np.exp(z)
        total = p.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) - z[rows, labels])
        g = p / total
        g[rows, labels] -= 1.0
        g /= np.float32(len(x))
        for k in range(last, -1, -2):
            grads = layers[k // 2].T @ g, g.sum(axis=0)
            if k:
                g = (g @ params[k].T) * (layers[k // 2] > 0)
            for j, d in zip((k, k + 1), grads):
                m[j] += (1 - BETA_1) * (d - m[j])
                v[j] += (1 - BETA_2) * (d * d - v[j])
                params[j] -= rate * m[j] / (np.sqrt(v[j]) + EPSILON)
        return loss

    return step


def autodiff(case):
    import autodiff as ad
    import nn

    params, x, labels = problem(case)
    params = [ad.Variable(p) for p in params]
    loss_of = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = nn.optimizers.Adam(RATE)

    def step():
        with ad.Tape() as tape:
            h = x
            for k in range(0, len(params), 2):
                z = h @ params[k] + params[k + 1]
                h = nn.activations.relu(z) if k < len(params) - 2 else z
            loss = loss_of(labels, h)
        optimizer.apply_gradients(zip(tape.gradient(loss, params), params))
        return loss

    return step


def autodiff_function(case):
    import autodiff as ad

    return ad.function(autodiff(case))


def torch(case):
    import torch
    from torch.nn.functional import cross_entropy, relu

    params, x, labels = problem(case)
    params = [torch.tensor(p, requires_grad=True) for p in params]
    x, labels = torch.tensor(x), torch.tensor(labels)
    optimizer = torch.optim.Adam(params, RATE, (BETA_1, BETA_2), EPSILON)

    def step():
        h = x
        for k in range(0, len(params), 2):
            z = h @ params[k] + params[k + 1]
            h = relu(z) if k < len(params) - 2 else z
        loss = cross_entropy(h, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def jax(case):
    import jax
    import jax.numpy as jnp
    import optax

    params, x, labels = problem(case)
    params, x, labels = [jnp.asarray(p) for p in params], jnp.asarray(x), jnp.asarray(labels)
    optimizer = optax.adam(RATE, BETA_1, BETA_2, EPSILON)
    slots = optimizer.init(params)

    def loss_of(params):
        h = x
        for k in range(0, len(params), 2):
            z = h @ params[k] + params[k + 1]
            h = jax.nn.relu(z) if k < len(params) - 2 else z
        return optax.softmax_cross_entropy_with_integer_labels(h, labels).mean()

    @jax.jit
    def update(params, slots):
        loss, grads = jax.value_and_grad(loss_of)(params)
        changes, slots = optimizer.update(grads, slots)
        return loss, optax.apply_updates(params, changes), slots

    def step():
        nonlocal params, slots
        loss, params, slots = update(params, slots)
        jax.block_until_ready(params)
        return loss

    return step


SUBJECT = Subject(
    title="A step on the digits by Adam (sizes, batch)",
    cases={"64-64-64-10, 64": ([64, 64, 64, 10], 64)},
    quick={"4-5-3, 6": ([4, 5, 3], 6)},
    contenders={
        "numpy by hand": Contender(by_hand),
        "autodiff": Contender(autodiff),
        "autodiff, @ad.function": Contender(autodiff_function, ("ad.function",)),
        "PyTorch": Contender(torch, ("torch",)),
        "JAX with optax": Contender(jax, ("jax", "optax")),
    },
    rtol=1e-3,
)
