"""One training step of a tanh MLP: forward, mean squared error, gradient, SGD update, in float32."""

import itertools

import numpy as np

from benchmarks.subject import Contender, Subject

LR = 0.01


def problem(case, place=np.asarray):
    """(parameters: kernel and bias of each layer; x; target), each in the `place` where it is to be."""
    sizes, batch = case
    rng = np.random.default_rng(0)
    params = []
    for n_in, n_out in itertools.pairwise(sizes):
        params += [rng.normal(0, n_in**-0.5, (n_in, n_out)).astype("f"), np.zeros(n_out, "f")]
    data = rng.normal(size=(batch, sizes[0])).astype("f"), rng.normal(size=(batch, sizes[-1])).astype("f")
    return list(map(place, params)), *map(place, data)


def forward(params, h, tanh):
    for k in range(0, len(params), 2):
        z = h @ params[k] + params[k + 1]
        h = tanh(z) if k < len(params) - 2 else z
    return h


def by_hand(case, library=np):
    """Backpropagation as a person writes it, in numpy or a library of its functions."""
    params, x, target = problem(case, library.asarray)
    last = len(params) - 2

    def step():
        layers = [x]
        for k in range(0, last + 2, 2):
            z = layers[-1] @ params[k] + params[k + 1]
            layers.append(library.tanh(z) if k < last else z)
        error = layers[-1] - target
        loss = library.mean(error**2)
        g = error * np.float32(2 / error.size)
        for k in range(last, -1, -2):
            weights, bias = layers[k // 2].T @ g, g.sum(axis=0)
            if k:
                g = (g @ params[k].T) * (1 - layers[k // 2] ** 2)
            params[k] -= LR * weights
            params[k + 1] -= LR * bias
        return loss

    return step


def autodiff(case, library=np):
    import autodiff as ad

    params, x, target = problem(case, library.asarray)
    if library is not np:  # another library's array on the left may not leave the operation to a Variable
        x, target = ad.constant(x), ad.constant(target)
    params = [ad.Variable(p) for p in params]

    def step():
        with ad.Tape() as tape:
            loss = ad.mean((forward(params, x, ad.tanh) - target) ** 2)
        for p, g in zip(params, tape.gradient(loss, params)):
            p.assign_sub(LR * g)
        return loss

    return step


def autodiff_function(case, library=np):
    import autodiff as ad

    return ad.function(autodiff(case, library))


def torch(case):
    import torch

    params, x, target = problem(case)
    params = [torch.tensor(p, requires_grad=True) for p in params]
    x, target = torch.tensor(x), torch.tensor(target)

    def step():
        loss = ((forward(params, x, torch.tanh) - target) ** 2).mean()
        for p in params:
            p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in params:
                p -= LR * p.grad
        return loss.detach()

    return step


def torch_compiled(case):
    import torch

    params, x, target = problem(case)
    params = [torch.tensor(p, requires_grad=True) for p in params]
    x, target = torch.tensor(x), torch.tensor(target)
    loss_of = torch.compile(lambda: ((forward(params, x, torch.tanh) - target) ** 2).mean())

    @torch.compile
    def update(grads):
        with torch.no_grad():
            for p, g in zip(params, grads):
                p -= LR * g

    def step():
        loss = loss_of()
        update(torch.autograd.grad(loss, params))
        return loss.detach()

    return step


def tensorflow(case):
    import tensorflow as tf

    params, x, target = problem(case)
    params = [tf.Variable(p) for p in params]
    x, target = tf.constant(x), tf.constant(target)

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((forward(params, x, tf.tanh) - target) ** 2)
        for p, g in zip(params, tape.gradient(loss, params)):
            p.assign_sub(LR * g)
        return loss

    return step


def tensorflow_function(case):
    import tensorflow as tf

    return tf.function(tensorflow(case))


def jax(case):
    import jax
    import jax.numpy as jnp

    params, x, target = problem(case)
    both = jax.value_and_grad(lambda ps, x, target: jnp.mean((forward(ps, x, jnp.tanh) - target) ** 2))
    x, target = jnp.asarray(x), jnp.asarray(target)

    @jax.jit
    def update(params, x, target):
        loss, grads = both(params, x, target)
        return loss, [p - LR * g for p, g in zip(params, grads)]

    state = list(map(jnp.asarray, params))

    def step():
        nonlocal state
        loss, state = update(state, x, target)
        jax.block_until_ready(state)
        return loss

    return step


def pytensor(case):
    import pytensor
    import pytensor.tensor as pt

    params, x, target = problem(case)
    shared = [pytensor.shared(p) for p in params]
    x, target = pytensor.shared(x), pytensor.shared(target)
    loss = pt.mean((forward(shared, x, pt.tanh) - target) ** 2)
    rate = np.float32(LR)
    updates = [(p, p - rate * g) for p, g in zip(shared, pt.grad(loss, shared))]
    return pytensor.function([], loss, updates=updates)


def autograd(case):
    import autograd.numpy as anp
    from autograd import value_and_grad

    params, x, target = problem(case)
    both = value_and_grad(lambda ps: anp.mean((forward(ps, x, anp.tanh) - target) ** 2))

    def step():
        loss, grads = both(params)
        for p, g in zip(params, grads):
            p -= LR * g
        return loss

    return step


def advect(case):
    import advect

    params, x, target = problem(case)
    both = advect.value_and_grad(lambda ps: np.mean((forward(ps, x, np.tanh) - target) ** 2))

    def step():
        loss, grads = both(params)
        for p, g in zip(params, grads):
            p -= LR * g
        return loss

    return step


def mygrad(case):
    import mygrad as mg

    params, x, target = problem(case)
    params = [mg.tensor(p) for p in params]

    def step():
        loss = mg.mean((forward(params, x, mg.tanh) - target) ** 2)
        loss.backward()
        for k, p in enumerate(params):
            params[k] = mg.tensor(p.data - LR * p.grad)
        return loss.item()

    return step


SUBJECT = Subject(
    title="A training step of a tanh MLP (sizes, batch)",
    cases={
        "2-16-16-1, 32": ([2, 16, 16, 1], 32),
        "13-64-64-1, 64": ([13, 64, 64, 1], 64),
        "784-128-10, 128": ([784, 128, 10], 128),
        "1024-1024-1024-10, 256": ([1024, 1024, 1024, 10], 256),
    },
    quick={"2-4-1, 3": ([2, 4, 1], 3)},
    contenders={
        "numpy by hand": Contender(by_hand),
        "autodiff": Contender(autodiff),
        "autodiff, @ad.function": Contender(autodiff_function, ("ad.function",)),
        "PyTorch": Contender(torch, ("torch",)),
        "PyTorch, compiled": Contender(torch_compiled, ("torch",)),
        "TensorFlow": Contender(tensorflow, ("tensorflow",)),
        "TensorFlow, tf.function": Contender(tensorflow_function, ("tensorflow",)),
        "JAX, jit": Contender(jax, ("jax",)),
        "PyTensor": Contender(pytensor, ("pytensor",)),
        "advect": Contender(advect, ("advect",)),
        "autograd": Contender(autograd, ("autograd",)),
        "MyGrad": Contender(mygrad, ("mygrad",)),
    },
)
