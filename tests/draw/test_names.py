"""The names and groups that a picture has from the program: a table of programs, each run as a cell of a notebook is."""

import textwrap

import numpy as np
import pytest
import small_gpt
from cells import run
from together import each

import autodiff as ad
import nn
from autodiff.drawing.subject import graph_of

START = """
import functools
import numpy as np
import autodiff as ad
a, b = ad.Value(0.5, name="a"), ad.Value(2.0, name="b")
"""
S = 's = ad.Variable(np.arange(4.0), name="s")\n'


def recorded(text, target="loss"):
    """The graph of a cell's target; the cell ran on a tape that notes call sites."""
    space = run(START)
    with ad.Tape(persistent=True, lines=True) as tape:
        run(text, space)
    return graph_of(tape, (space[target],), {}, True)


def told(text):
    """Each operation in the order of the program, as `name [group]`; its op in brackets where it has no name."""
    computed = [node for node in recorded(text).nodes if node.op]
    return [f"{node.name or f'({node.op.name})'} [{node.group}]".removesuffix(" []") for node in computed]


NAMES = {  # a program, and what its operations are called
    "an assignment": ("z = a * b\nloss = ad.sigmoid(z)", "z, loss"),
    "a part of an expression": ("loss = a * b + 1.0", "(multiply), loss"),
    "with a type": ("z: object = a * b\nloss = ad.exp(z)", "z, loss"),
    "an augmented assignment": ("loss = a * b\nloss += a", "loss, loss (2)"),
    "by position": ("u, v = a * 2.0, b * 3.0\nloss = u + v", "u, v, loss"),
    "a swap": ("u, v = a * 2.0, b * 3.0\nu, v = v * a, u * b\nloss = u - v", "u, v, u (2), v (2), loss"),
    "nested positions": ("(u, v), w = (a * 2.0, b * 3.0), a * 4.0\nloss = u * v * w", "u, v, w, (multiply), loss"),
    "two targets": ("u = v = a * 2.0\nloss = u * v", "u, loss"),
    "a walrus": ("loss = (z := a * b) + z", "z, loss"),
    "a choice": ("z = a * b if True else a + b\nloss = ad.tanh(z)", "z, loss"),
    "a list": ("h = [ad.tanh(v) for v in (a, b)]\nloss = h[0] * h[1]", "h[0], h[1], loss"),
    "a list of lists": ("m = [[p * q for q in (a, b)] for p in (a, b)]\nloss = m[0][0] * m[1][1] + m[0][1] * m[1][0]",
                        "m[0, 0], m[0, 1], m[1, 0], m[1, 1], (multiply), (multiply), loss"),
    "a generator in a list": ("h = list(ad.tanh(v) for v in (a, b))\nloss = h[0] * h[1]", "h[0], h[1], loss"),
    "a list that is filtered": ("h = [ad.tanh(v) for v in (a, b) if v > 0]\nloss = h[0] * h[1]", "(tanh), (tanh), loss"),
    "a display": ("h = [a * 2.0, b * 3.0]\nloss = h[0] * h[1]", "h[0], h[1], loss"),
    "a dict": ("p = {'u': a * 2.0, 'v': b * 3.0}\nloss = p['u'] * p['v']", "p['u'], p['v'], loss"),
    "an attribute": ("class C: pass\nc = C()\nc.h = a * b\nloss = ad.exp(c.h)", "h, loss"),
    "a key": ("p = {}\np['h'] = a * b\nloss = ad.exp(p['h'])", "p['h'], loss"),
    "a sum": ("loss = sum([a * 2.0, b * 3.0, a * b])", "(multiply), (multiply), (multiply), (add), (add), loss"),
    "the rows of an array in a comprehension": (f"{S}h = [np.exp(row) for row in s.reshape(2, 2)]\nloss = h[0] @ h[1]",
                                                "(reshape), (getitem), (getitem), h[0], h[1], loss"),
    "a split": (f"{S}mu, spread = np.split(s, 2)\nloss = mu @ spread", "mu, spread, loss"),
    "a split in three": (f"{S}u, _, v = ad.split(s, [1, 3])\nloss = u @ v", "u, v, loss"),
    "the middle of a split": (f"{S}_, v, _ = np.split(s, [1, 3])\nloss = v @ v", "v, loss"),
    "a list of a split": (f"{S}p = np.split(s, 2)\nloss = p[0] @ p[1]", "p[0], p[1], loss"),
    "a split that a function returns": (f"{S}def parts(x):\n    return np.split(x, 2)\nu, v = parts(s)\nloss = u @ v",
                                        "u [parts], v [parts], loss"),
    "a split and more": (f"{S}(u, v), w = np.split(s, 2), s[1:3]\nloss = u @ v * w[0]", "u, v, w, (matmul), w[0], loss"),
    "a split in a sum": (f"{S}loss = np.sum(sum(np.split(s, 2)))", "s[0:2], s[2:4], (add), (add), loss"),
    "an array taken apart": (f"{S}t, u, v, w = s\nloss = t * u + v * w", "t, u, v, w, (multiply), (multiply), loss"),
    "a part of an array taken apart": (f"{S}t, u, v, w = s\nloss = u * w", "u, w, loss"),
    "the rest of an array": (f"{S}t, *u = s\nloss = t * u[1]", "s[0], s[2], loss"),
    "an element of what is assigned again": (f"{S}h = s * 2.0\nu = ad.sin(h[0])\nh = h * 3.0\nloss = u * ad.cos(h[0])",
                                             "h, h[0], u, h (2), h (2)[0], (cos), loss"),
    "a row taken apart": (f"{S}h = 0.0\nfor row in np.reshape(s, (2, 2)):\n    u, v = row\n    h = h + u * v\nloss = h + a",
                          "(reshape), (getitem), (getitem), u at row 0 [row 0], v at row 0 [row 0], (multiply) [row 0], "
                          "h at row 0 [row 0], u at row 1 [row 1], v at row 1 [row 1], (multiply) [row 1], "
                          "h at row 1 [row 1], loss"),
    "several operations of one call": (f"{S}loss = np.sum(np.diff(s, n=2) ** 2)",
                                       "s[1:], s[:-1], (subtract), (getitem), (getitem), diff(s, n=2), (power), loss"),
    "such a call twice": (f"{S}loss = np.sum(np.diff(s) * np.diff(s))",
                          "s[1:], s[:-1], diff(s), s[1:], s[:-1], diff(s) (2), (multiply), loss"),
    "a long one": (f"{S}loss = np.sum(np.diff(s[1:] + s[:-1], axis=-1) ** 2)",
                   "s[1:], s[:-1], (add), (getitem), (getitem), diff(s[1:] + s[:-1], axis=-1), (power), loss"),
    "one that is assigned": (f"{S}d = np.diff(s)\nloss = np.sum(d)", "s[1:], s[:-1], d, loss"),
    "several lines": ("loss = (\n    a\n    * b\n    + ad.tanh(\n        a\n    )\n)", "(multiply), (tanh), loss"),
    "a method": ("z = a.exp()\nloss = (z\n        .tanh())", "z, loss"),
    "assigned again": ("x = a * b\nx = x * 2.0\nx = x + a\nloss = ad.exp(x)", "x, x (2), x (3), loss"),
    "a loop": ("h = a\nfor step in range(3):\n    h = h * b\nloss = h * 1.0", "h at step 0, h at step 1, h at step 2, loss"),
    "a loop from three": ("h = a\nfor step in range(3, 5):\n    h = h * b\nloss = h * 1.0", "h at step 3, h at step 4, loss"),
    "a loop over numbers that come twice": ("h = a\nfor o in [3, 1, 1, 2]:\n    h = ad.tanh(h * b)\nloss = h * 1.0",
                                            "(multiply) [step 0], h at step 0 [step 0], (multiply) [step 1], "
                                            "h at step 1 [step 1], (multiply) [step 2], h at step 2 [step 2], "
                                            "(multiply) [step 3], h at step 3 [step 3], loss"),
    "a loop over numpy's numbers": ("h = a\nfor o in np.array([7, 9]):\n    h = h * b\nloss = h * 1.0",
                                    "h at o 7, h at o 9, loss"),
    "a loop over numpy's floats": ("h = a\nfor o in np.float32([7, 9]):\n    h = h * b\nloss = h * 1.0",
                                   "h at step 0, h at step 1, loss"),
    "zero twice": ("h = a\nfor o in (0, 0):\n    h = h * b\nloss = h * 1.0", "h at step 0, h at step 1, loss"),
    "texts that come twice": ("h = a\nfor o in ('up', 'up'):\n    h = h * b\nloss = h * 1.0", "h at step 0, h at step 1, loss"),
    "counted numbers": ("h = a\nfor i, o in enumerate([3, 1]):\n    h = h * b\nloss = h * 1.0", "h at i 0, h at i 1, loss"),
    "numbers in a while loop": ("h, k = a, 0\nwhile k < 2:\n    k += 1\n    for o in (3, 1, 2):\n        h = h * b\n"
                                "loss = h * 1.0",
                                ", ".join(f"h at step {k}, o {o} [step {k}]" for k in (0, 1) for o in (3, 1, 2)) + ", loss"),
    "a loop over texts": ("h = a\nfor key in ('w', 'v'):\n    h = h * b\nloss = h * 1.0", "h at key w, h at key v, loss"),
    "a loop over things": ("h = a\nfor x in (a, b, a):\n    h = h * x\nloss = h * 1.0",
                           "h at step 0, h at step 1, h at step 2, loss"),
    "the same thing again": ("h = a\nfor x in (b, b):\n    h = h * x\nloss = h * 1.0", "h at step 0, h at step 1, loss"),
    "a counted loop": ("h = a\nfor i, x in enumerate((a, b)):\n    h = h * x\nloss = h * 1.0", "h at x 0, h at x 1, loss"),
    "a nameless loop": ("h = a\nfor _ in range(2):\n    h = h * b\nloss = h * 1.0", "h at step 0, h at step 1, loss"),
    "a while loop": ("h, k = a, 0\nwhile k < 3:\n    h = h * b\n    k += 1\nloss = h * 1.0",
                     "h at step 0, h at step 1, h at step 2, loss"),
    "a loop of one turn": ("h = a\nfor step in range(1):\n    h = h * b\nloss = h * 1.0", "h, loss"),
    "two branches": ("h = a\nfor t in range(3):\n    if t % 2:\n        h = h * b\n    else:\n        h = h + a\nloss = h * a",
                     "h at t 0, h at t 1, h at t 2, loss"),
    "a variable that the body assigns to": ("out = []\nfor x in [a, b]:\n    x = x * 2.0\n    x = x + a\n    out.append(x)\n"
                                            "loss = out[0] * out[1]",
                                            "x at x 0 [x 0], x (2) at x 0 [x 0], x at x 1 [x 1], x (2) at x 1 [x 1], loss"),
    "by the loop's variable": ("h = [0, 0]\nfor t in range(2):\n    h[t] = a * b\nloss = h[0] * h[1]", "h[0], h[1], loss"),
    "what a function returns": ("def f(x):\n    return ad.tanh(x)\ny = f(a)\nloss = f(y * b)", "y, (multiply), loss"),
    "a function's name": ("def f(x):\n    return ad.tanh(x)\nloss = f(a) + f(b)", "f, f (2), loss"),
    "a function of a function": ("def f(x):\n    return ad.tanh(x)\ndef g(x):\n    return f(x)\ny = g(a)\nloss = y * b",
                                 "y, loss"),
    "a list from a function": ("def f(xs):\n    return [ad.tanh(x) for x in xs]\nh = f([a, b])\nloss = h[0] * h[1]",
                               "h[0] [f], h[1] [f], loss"),
    "a tuple from a function": ("def f(x):\n    return ad.sin(x), ad.cos(x)\ns, c = f(a)\nloss = s * c", "s [f], c [f], loss"),
    "a lambda": ("f = lambda x: ad.tanh(x)\ny = f(a)\nloss = y * b", "y, loss"),
    "handed to map": ("def f(x):\n    return ad.tanh(x)\nloss = sum(map(f, [a, b]))", "f, (add), f (2), loss"),
    "an operator of one's own": ("class V:\n    def __init__(self, x): self.x = x\n    def __mul__(self, o):\n"
                                 "        return self.x * o.x\nz = V(a) * V(b)\nloss = z + 1.0", "z, loss"),
    "several outputs": ("q, r = np.linalg.qr(ad.stack([ad.stack([a, b]), ad.stack([b, a])]))\nloss = (q * r).sum()",
                        "(stack), (stack), (stack), q, r, (multiply), loss"),
}  # fmt: skip

GROUPS = {  # a program, and the groups of its operations
    "calls": ("""
        def neuron(x, w):
            z = x * w
            return ad.tanh(z)
        u = neuron(a, b)
        loss = neuron(u, b) + neuron(a, a)
     """, "z [neuron (u)], u [neuron (u)], z [neuron (2)], neuron [neuron (2)], z [neuron (3)], neuron [neuron (3)], loss"),
    "a cell in a loop": ("""
        def cell(h, x):
            z = h * x
            return ad.tanh(z)
        h = a
        for step in range(2):
            h = cell(h, b)
        loss = h * 2.0
     """, "z [cell 0], h at step 0 [cell 0], z [cell 1], h at step 1 [cell 1], loss"),
    "a step of more than a cell": ("""
        def cell(h, x):
            return ad.tanh(h * x)
        h = a
        for step in range(2):
            x = b * 0.5
            h = cell(h, x)
        loss = h * 2.0
     """, "x at step 0 [step 0], (multiply) [step 0/cell], h at step 0 [step 0/cell], x at step 1 [step 1], "
          "(multiply) [step 1/cell], h at step 1 [step 1/cell], loss"),
    "everything in one function": ("""
        def f(x):
            z = x * b
            return z + 1.0
        loss = f(a)
     """, "z, loss"),
    "two loops": ("""
        h = a
        for epoch in range(2):
            for step in range(2):
                h = h * b
                h = h + a
        loss = h * 1.0
     """, "h at epoch 0, step 0 [epoch 0/step 0], h (2) at epoch 0, step 0 [epoch 0/step 0], "
          "h at epoch 0, step 1 [epoch 0/step 1], h (2) at epoch 0, step 1 [epoch 0/step 1], "
          "h at epoch 1, step 0 [epoch 1/step 0], h (2) at epoch 1, step 0 [epoch 1/step 0], "
          "h at epoch 1, step 1 [epoch 1/step 1], h (2) at epoch 1, step 1 [epoch 1/step 1], loss"),
    "a loop whose numbers come twice in another run": ("""
        def scaled(h, shares):
            for share in shares:
                h = ad.tanh(h * share)
            return h
        y = scaled(a, [5, 3])
        loss = scaled(y, [3, 3])
     """, "(multiply) [scaled (y)/step 0], h at step 0 [scaled (y)/step 0], (multiply) [scaled (y)/step 1], "
          "h at step 1 [scaled (y)/step 1], (multiply) [scaled (loss)/step 0], h at step 0 [scaled (loss)/step 0], "
          "(multiply) [scaled (loss)/step 1], h at step 1 [scaled (loss)/step 1]"),
    "terms of a sum": ("loss = sum((x - 1.0) ** 2 for x in (a, b))",
                       "(subtract), (power), (add), (subtract), (power), loss"),
    "recursion": ("""
        def power(x, n):
            return x * power(x, n - 1) if n > 1 else x
        loss = power(a, 3) + b
     """, "power [power], power (2) [power], loss"),
    "a decorator": ("""
        def twice(f):
            @functools.wraps(f)
            def wrapper(*args, **kwargs):
                return f(*args, **kwargs) * 2.0
            return wrapper
        @twice
        def f(x):
            z = x * b
            return z + 1.0
        y = f(a)
        loss = y * b
     """, "z [f], f [f], y, loss"),
    "a generator": ("""
        def steps(x):
            for k in range(2):
                z = x * b
                yield z + 1.0
        loss = sum(steps(a))
     """, "z at k 0 [steps/k 0], (add) [steps/k 0], (add), z at k 1 [steps/k 1], (add) [steps/k 1], loss"),
    "methods": ("""
        class Neuron:
            def __init__(self, w): self.w = w
            def __call__(self, x):
                z = self.w * x
                return ad.tanh(z)
        class Layer:
            def __init__(self): self.neurons = [Neuron(a), Neuron(b)]
            def __call__(self, x):
                return [n(x) for n in self.neurons]
        h = Layer()(a)
        h = Layer()(h[0])
        loss = h[0] * h[1]
     """, "z [Layer (1)], h[0] [Layer (1)], z [Layer (2)/Neuron 0], h[0] (2) [Layer (2)/Neuron 0], z [Layer (2)/Neuron 1], "
          "h[1] (2) [Layer (2)/Neuron 1], loss"),
    "a generator that a list is extended by": ("""
        h = []
        for k in range(2):
            h.extend(ad.exp(v) for v in (a, b))
        loss = ad.maximum(h[0] * h[1], h[2] * h[3])
     """, "h at k 0 [k 0], h (2) at k 0 [k 0], h at k 1 [k 1], h (2) at k 1 [k 1], (multiply), (multiply), loss"),
    "gradients of an inner tape": ("""
        total = 0.0
        for k in range(2):
            with ad.Tape() as inner:
                inner.watch([a, b])
                y = a * a * b
            u, v = inner.gradient(y, [a, b])
            total = total + u * v
        loss = total * 2.0
     """, "(multiply) [k 0], (multiply) [k 0/gradient], v at k 0 [k 0/gradient], (multiply) [k 0/gradient], "
          "(multiply) [k 0/gradient], u at k 0 [k 0/gradient], (multiply) [k 0], total at k 0 [k 0], (multiply) [k 1], "
          "(multiply) [k 1/gradient], v at k 1 [k 1/gradient], (multiply) [k 1/gradient], (multiply) [k 1/gradient], "
          "u at k 1 [k 1/gradient], (multiply) [k 1], total at k 1 [k 1], loss"),
    "gradients by inputs that are joined": ("""
        x, t = ad.constant(np.ones((3, 1))), ad.constant(np.ones((3, 1)))
        w = ad.Variable(np.ones((2, 2)), name="w")
        with ad.Tape(persistent=True) as inner:
            inner.watch([x, t])
            v = np.concatenate([x, t], axis=1) @ w
        u_x = inner.gradient(v, x)
        u_t = inner.gradient(v, t)
        loss = np.sum(u_x * u_t)
     """, "(transpose) [gradient (u_x)], (matmul) [gradient (u_x)], u_x [gradient (u_x)], (transpose) [gradient (u_t)], "
          "(matmul) [gradient (u_t)], u_t [gradient (u_t)], (multiply), loss"),
    "a list that is made anew": ("""
        h = [ad.exp(v) for v in (a, b)]
        h = [ad.tanh(v) for v in (*h, a)]
        h = [ad.sin(v) for v in h]
        loss = h[0] * h[1] * h[2]
     """, "h[0], h[1], h[0] (2), h[1] (2), h[2] (2), h[0] (3), h[1] (3), h[2] (3), (multiply), loss"),
    "a list that is made anew in each turn of a loop": ("""
        h = [a, b]
        for t in range(2):
            h = [ad.exp(v) for v in h]
            h = [ad.tanh(v) for v in h]
        loss = h[0] * h[1]
     """, "h[0] at t 0 [t 0], h[1] at t 0 [t 0], h[0] (2) at t 0 [t 0], h[1] (2) at t 0 [t 0], h[0] at t 1 [t 1], "
          "h[1] at t 1 [t 1], h[0] (2) at t 1 [t 1], h[1] (2) at t 1 [t 1], loss"),
    "a variable that holds what two groups computed": ("""
        def block(x):
            z = ad.sin(x)
            return z * x
        y = block(a)
        y = ad.tanh(y) * 2.0
        y = block(y)
        loss = y * b
     """, "z [block (1)], y [block (1)], (tanh), y (2), z [block (2)], y (3) [block (2)], loss"),
    "variables of one name in a function and its caller": ("""
        def block(x):
            y = ad.sin(x)
            return y * x
        y = block(a)
        y = ad.tanh(y) * 2.0
        loss = y * b
     """, "y [block], y (2) [block], (tanh), y (3), loss"),
    "parameters in which functions store something else": ("""
        def block(x):
            x = ad.sin(x) * a
            return x + b
        x = a * b
        x = block(x)
        x = ad.tanh(x)
        x = block(x)
        loss = x * b
     """, "x, (sin) [block (1)], x (2) [block (1)], x (3) [block (1)], x (4), (sin) [block (2)], x (5) [block (2)], "
          "x (6) [block (2)], loss"),
    "a parameter that was given something of another name": ("""
        def block(x):
            x = ad.sin(x) * a
            return x + b
        y = a * b
        loss = ad.exp(block(y))
     """, "y, (sin) [block], x [block], block [block], loss"),
    "lists that are parameters": ("""
        def block(x):
            x = [ad.sin(v) * a for v in x]
            return [v * b for v in x]
        x = [a * b, a + b]
        x = block(x)
        loss = x[0] * x[1]
     """, "x[0], x[1], (sin) [block], x[0] (2) [block], (sin) [block], x[1] (2) [block], x[0] (3) [block], x[1] (3) [block], "
          "loss"),
    "what functions compute with which a loop goes on": ("""
        def step(x, v):
            f = ad.sin(x) * v
            v = v + 0.5 * f
            x = x + 0.1 * v
            return x, v
        x, v = a, b
        for t in range(2):
            x, v = step(x, v)
        loss = x * v
     """, "(sin) [step 0], f [step 0], (multiply) [step 0], v at t 0 [step 0], (multiply) [step 0], x at t 0 [step 0], "
          "(sin) [step 1], f [step 1], (multiply) [step 1], v at t 1 [step 1], (multiply) [step 1], x at t 1 [step 1], loss"),
    "what a function in two loops goes on with": ("""
        def step(x):
            y = ad.sin(x)
            x = y * a
            return x
        def steps(x):
            for k in range(2):
                x = step(x)
            return x
        x = b
        for t in range(2):
            x = steps(x)
        loss = x * b
     """, "y [steps 0/step 0], x at k 0 [steps 0/step 0], y [steps 0/step 1], x at t 0, k 1 [steps 0/step 1], "
          "y [steps 1/step 0], x at k 0 [steps 1/step 0], y [steps 1/step 1], x at t 1, k 1 [steps 1/step 1], loss"),
    "what a loop in a function goes on with in a loop": ("""
        def steps(x):
            for k in range(2):
                x = ad.sin(x) * a
            return x
        x = b
        for t in range(2):
            x = steps(x)
        loss = x * b
     """, "(sin) [steps 0/k 0], x at k 0 [steps 0/k 0], (sin) [steps 0/k 1], x at t 0, k 1 [steps 0/k 1], (sin) [steps 1/k 0], "
          "x at k 0 [steps 1/k 0], (sin) [steps 1/k 1], x at t 1, k 1 [steps 1/k 1], loss"),
}  # fmt: skip


@pytest.mark.parametrize("inside", [False, True], ids=["in a module", "in a function"])
@each("case", {case: case for case in NAMES | GROUPS})
def test_names_and_groups_are_those_of_the_program(case, inside):
    text, names = (NAMES | GROUPS)[case]
    text = textwrap.dedent(text)
    if inside:
        text = f"def main():\n{textwrap.indent(text, '    ')}\n    return loss\nloss = main()"
    assert ", ".join(told(text)) == names


def test_a_gpt_reads_as_its_program():
    """Its groups are its functions, its heads and its tokens; its weights are named by the dict that holds them."""
    graph = graph_of(small_gpt.loss_of, ([0, 1, 2],), None, True)
    steps = [node.group.split("/") for node in graph.nodes if node.op]
    groups = {"/".join(path[:k]) for path in steps for k in range(1, len(path) + 1)}
    linears = ["attention/linear wq", "attention/linear wk", "attention/linear wv", "attention/linear",
               "linear (layer0.mlp_fc1)", "linear (out)", "linear (logits)"]  # fmt: skip
    others = ["attention/head 0", "attention/head 0/softmax", "attention/head 1", "attention/head 1/softmax", "rmsnorm (x)",
              "rmsnorm (2)"]  # fmt: skip
    for pos in ("pos 0", "pos 1"):
        assert {f"{pos}/gpt/{name}" for name in others} | {f"{pos}/gpt", f"{pos}/softmax", pos} <= groups
        assert all(f"{pos}/gpt/{name}/row 3" in groups for name in linears)
    inside = [name for name in groups if "row" not in name and "key" not in name and "/j " not in name]
    assert len(inside) == 2 * (len(others) + len(linears) + 4) + 1
    weights = {node.name for node in graph.nodes if node.kind == "parameter"}
    assert len(weights) == 164 and {"wte[0, 3]", "layer0.attn_wq[3, 2]", "lm_head[4, 0]"} <= weights and None not in weights
    results = {node.name for node in graph.nodes if node.op and node.group.startswith("pos 1/gpt/attention/head 1")}
    assert {"scores[1] at head 1", "shares[0] at head 1"} <= results
    (loss,) = graph.targets
    assert loss.name == "loss_of" and loss.group == ""


class Highway(nn.Layer):
    def build(self, shape):
        self.W = self.add_weight("W", (shape[-1], shape[-1]))

    def call(self, x):
        return x + np.tanh(x @ self.W)


def test_of_the_layers_that_run_in_one_expression_the_last_one_alone_has_the_result():
    """Each of them returns, and through the library all of them return to the line of the user's."""
    tower, end = nn.Sequential([nn.Dense(4), Highway(), Highway(), nn.Dense(2)]), nn.Sequential([nn.Dense(4), Highway()])
    with ad.Tape(lines=True, persistent=True) as tape:
        p = tower(np.ones((3, 4)))
        q = end(np.full((3, 4), 0.5))
        loss = np.mean(p) + np.mean(q)
    named = {node.name: node.group for node in graph_of(tape, (loss,), None, False).nodes if node.op and node.name}
    assert named["p"].endswith("dense_1") and "ighway" in named["q"]
    assert not [name for name in named if name.startswith(("p (", "q ("))]
