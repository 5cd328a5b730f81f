"""A step of a tiny GPT of single numbers, after A. Karpathy's microgpt: loss of a document, gradient, Adam.

Of width 16, with 4 heads, one layer and 27 letters it has 4,192 parameters; a document of 7 letters takes 59,000 operations.
Floats compute the loss alone. micrograd's API is there twice: by a class of Python, as such programs have it, and by the
engine's.
"""

import itertools
import math
import random

from benchmarks import plain_values
from benchmarks.subject import Contender, Subject
from benchmarks.subjects.values import need_dot

WIDTH, HEADS, BLOCK, LETTERS = 16, 4, 16, 27
RATE, BETA_1, BETA_2, EPSILON = 0.01, 0.85, 0.99, 1e-8


class Floats:
    """The functions that the program needs, of floats."""

    number, exp, log = float, math.exp, math.log

    @staticmethod
    def relu(x):
        return x if x > 0 else 0.0

    @staticmethod
    def data(x):
        return x

    @staticmethod
    def dot(w, x):
        return sum(wi * xi for wi, xi in zip(w, x))


def parameters(number, width):
    """{name: matrix}."""
    rng = random.Random(42)
    shapes = {
        "wte": (LETTERS, width), "wpe": (BLOCK, width), "head": (LETTERS, width), "fc1": (4 * width, width),
        "fc2": (width, 4 * width), **dict.fromkeys(("wq", "wk", "wv", "wo"), (width, width)),
    }  # fmt: skip
    return {name: [[number(rng.gauss(0, 0.08)) for _ in range(n)] for _ in range(m)] for name, (m, n) in shapes.items()}


def linear(x, w, of):
    return [of.dot(row, x) for row in w]


def softmax(logits, of):
    top = max(of.data(x) for x in logits)
    exps = [of.exp(x - top) for x in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x):
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def attention(q, keys, values, of):
    size, out = len(q) // HEADS, []
    for h in range(0, len(q), size):
        heads = [k[h : h + size] for k in keys]
        weights = softmax([of.dot(q[h : h + size], k) / size**0.5 for k in heads], of)
        out += [of.dot(weights, [v[h + j] for v in values]) for j in range(size)]
    return out


def logits_of(token, position, keys, values, p, of):
    """The logits of the next letter; keys and values grow by those of this one."""
    x = rmsnorm([a + b for a, b in zip(p["wte"][token], p["wpe"][position])])
    h = rmsnorm(x)
    keys.append(linear(h, p["wk"], of))
    values.append(linear(h, p["wv"], of))
    x = [a + b for a, b in zip(x, linear(attention(linear(h, p["wq"], of), keys, values, of), p["wo"], of))]
    h = [of.relu(z) for z in linear(rmsnorm(x), p["fc1"], of)]
    return linear([a + b for a, b in zip(x, linear(h, p["fc2"], of))], p["head"], of)


def loss_of(p, document, of):
    keys, values, losses = [], [], []
    for position, (token, target) in enumerate(itertools.pairwise(document)):
        losses.append(-of.log(softmax(logits_of(token, position, keys, values, p, of), of)[target]))
    return (1 / len(losses)) * sum(losses)


def document_of(letters):
    return [26, *(k * 7 % 26 for k in range(letters)), 26]  # 26 begins and ends a name


def flat(p):
    return [x for matrix in p.values() for row in matrix for x in row]


def floats(case):
    width, letters = case
    p = parameters(float, width)
    return lambda: loss_of(p, document_of(letters), Floats)


def expected(case, step=1e-5):
    """[the loss, its slope along every hundredth parameter by central differences], at the first step."""
    width, letters = case
    p, slopes = parameters(float, width), []
    places = [(row, j) for matrix in p.values() for row in matrix for j in range(len(row))]
    for row, j in places[::100]:
        middle, ends = row[j], []
        for change in (step, -step):
            row[j] = middle + change
            ends.append(loss_of(p, document_of(letters), Floats))
        row[j] = middle
        slopes.append((ends[0] - ends[1]) / (2 * step))
    return [loss_of(p, document_of(letters), Floats), *slopes]


def functions_of(value, dot):
    """The functions that the program needs, of Values of this class."""

    class Values:
        number, exp, log, relu = value, value.exp, value.log, value.relu
        data = staticmethod(lambda x: x.data)

    Values.dot = staticmethod(dot)
    return Values


def step_of(case, value, dot, gradients_of):
    """A step with Values of this class; `gradients_of(loss_of, params)` computes a loss and its gradients, as floats."""
    width, letters = case
    p, document, of = parameters(value, width), document_of(letters), functions_of(value, dot)
    params = flat(p)
    m, v, t = [0.0] * len(params), [0.0] * len(params), 0

    def step():
        nonlocal t
        loss, grads = gradients_of(lambda: loss_of(p, document, of), params)
        t += 1
        for i, (param, g) in enumerate(zip(params, grads)):
            m[i] = BETA_1 * m[i] + (1 - BETA_1) * g
            v[i] = BETA_2 * v[i] + (1 - BETA_2) * g * g
            param.data -= RATE * (m[i] / (1 - BETA_1**t)) / ((v[i] / (1 - BETA_2**t)) ** 0.5 + EPSILON)
        return loss, grads[::100]

    return step


def by_backward(compute, params):
    """The loss and its gradients in micrograd's API."""
    loss = compute()
    loss.backward()
    grads = [param.grad for param in params]
    for param in params:
        param.grad = 0.0
    return loss.data, grads


def by_tape(compute, params):
    import autodiff as ad

    with ad.Tape() as tape:
        loss = compute()
    return loss, [grad.data for grad in tape.gradient(loss, params, unconnected_gradients="zero")]


def python_class(case):
    return step_of(case, plain_values.Value, Floats.dot, by_backward)


def micrograd_api(case):
    from nn.micrograd.engine import Value

    return step_of(case, Value, Floats.dot, by_backward)


def autodiff(case):
    import autodiff as ad

    return step_of(case, ad.Value, Floats.dot, by_tape)


def autodiff_dot(case):
    import autodiff as ad

    need_dot()
    return step_of(case, ad.Value, ad.dot, by_tape)


SUBJECT = Subject(
    title="A step of a GPT of Values (width, letters), with Adam",
    cases={"16, 6": (16, 6)},
    quick={"4, 2": (4, 2)},
    contenders={
        "floats, the loss alone": Contender(floats),
        "a class of Python": Contender(python_class),
        "nn.micrograd": Contender(micrograd_api),
        "autodiff": Contender(autodiff),
        "autodiff, ad.dot": Contender(autodiff_dot, ("ad.dot",)),
    },
    expected=expected,
    rounds=9,
    rtol=1e-3,
)
