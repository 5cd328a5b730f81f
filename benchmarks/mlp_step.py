"""One training step of a tanh MLP (forward, MSE, gradient, SGD update, float32) against numpy by hand.

    python benchmarks/mlp_step.py            every contender that is installed, each in a process of its own
    python benchmarks/mlp_step.py autodiff   one of them

Each contender takes turns with the hand-written numpy step inside the same process; the figure is the median ratio of the
turns, so that the machine's noise and its BLAS threads meet both alike. Before timing, the contender's loss after three
steps must equal that of numpy by hand.
"""

import importlib.util
import itertools
import subprocess
import sys

import numpy as np
from timing import race

CASES = (([2, 16, 16, 1], 32), ([13, 64, 64, 1], 64), ([784, 128, 10], 128), ([1024, 1024, 1024, 10], 256))
LR = 0.01


def problem(sizes, batch):
    rng = np.random.default_rng(0)
    params = []
    for n_in, n_out in itertools.pairwise(sizes):
        params += [rng.normal(0, n_in**-0.5, (n_in, n_out)).astype("f"), np.zeros(n_out, "f")]
    return params, rng.normal(size=(batch, sizes[0])).astype("f"), rng.normal(size=(batch, sizes[-1])).astype("f")


def by_hand(params, x, target):
    """Backpropagation as a person writes it."""
    params = [p.copy() for p in params]
    last = len(params) - 2

    def step():
        layers = [x]
        for k in range(0, last + 2, 2):
            z = layers[-1] @ params[k] + params[k + 1]
            layers.append(np.tanh(z) if k < last else z)
        error = layers[-1] - target
        loss = np.mean(error**2)
        g = error * np.float32(2 / error.size)
        for k in range(last, -1, -2):
            weights, bias = layers[k // 2].T @ g, g.sum(axis=0)
            if k:
                g = (g @ params[k].T) * (1 - layers[k // 2] ** 2)
            params[k] -= LR * weights
            params[k + 1] -= LR * bias
        return loss

    return step


def autodiff(params, x, target):
    import autodiff as ad

    params = [ad.Variable(p) for p in params]

    def step():
        with ad.Tape() as tape:
            loss = ad.mean((forward(params, x, ad.tanh) - target) ** 2)
        for p, g in zip(params, tape.gradient(loss, params)):
            p.assign_sub(LR * g)
        return loss

    return step


def torch(params, x, target):
    import torch

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


def tensorflow(params, x, target):
    import tensorflow as tf

    params = [tf.Variable(p) for p in params]
    x, target = tf.constant(x), tf.constant(target)

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((forward(params, x, tf.tanh) - target) ** 2)
        for p, g in zip(params, tape.gradient(loss, params)):
            p.assign_sub(LR * g)
        return loss

    return step


def autograd(params, x, target):
    import autograd.numpy as anp
    from autograd import value_and_grad

    params = [p.copy() for p in params]
    both = value_and_grad(lambda ps: anp.mean((forward(ps, x, anp.tanh) - target) ** 2))

    def step():
        loss, grads = both(params)
        for k, g in enumerate(grads):
            params[k] = params[k] - LR * g
        return loss

    return step


def mygrad(params, x, target):
    import mygrad as mg

    params = [mg.tensor(p) for p in params]

    def step():
        loss = mg.mean((forward(params, x, mg.tanh) - target) ** 2)
        loss.backward()
        for k, p in enumerate(params):
            params[k] = mg.tensor(p.data - LR * p.grad)
        return loss.item()

    return step


def forward(params, h, tanh):
    for k in range(0, len(params), 2):
        z = h @ params[k] + params[k + 1]
        h = tanh(z) if k < len(params) - 2 else z
    return h


CONTENDERS = {f.__name__: f for f in (autodiff, torch, tensorflow, autograd, mygrad)}


def measure(name):
    row = []
    for sizes, batch in CASES:
        check = CONTENDERS[name](*problem(sizes, batch)), by_hand(*problem(sizes, batch))
        losses = [[float(step()) for _ in range(3)] for step in check]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
        _, ours, ratio = race(by_hand(*problem(sizes, batch)), CONTENDERS[name](*problem(sizes, batch)))
        row.append(f"{ours * 1e6:9,.0f} us {ratio:6.2f}x")
    print(f"{name:12s}" + "".join(row), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        import autodiff as ad

        print(ad.build_info())
        print("time of a step, and its ratio to numpy by hand\n" + " " * 12, *(f"{s}/{b}" for s, b in CASES))
        for contender in CONTENDERS:
            if importlib.util.find_spec(contender) is None:
                print(f"{contender:12s} skipped: not installed")
            else:
                subprocess.run([sys.executable, __file__, contender], check=False, stderr=subprocess.DEVNULL)
