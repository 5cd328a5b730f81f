"""The micrograd workload: a 2-16-16-1 ReLU network of numbers, 50 points, max-margin loss with L2; loss and gradient.

The same program runs on plain Python floats (the loss alone: the floor), on `ad.Value`, and on the numbers of others. The
expected gradient is that of central differences of the floats.
"""

import random

from benchmarks.subject import Contender, Subject


class Neuron:
    def __init__(self, n_in, relu, number, total):
        self.w = [number(random.uniform(-1, 1)) for _ in range(n_in)]
        self.b = number(0.0)
        self.relu, self.total = relu, total

    def __call__(self, x):
        return self.relu(self.total(self.w, x, self.b))


def total(w, x, b):
    return sum((wi * xi for wi, xi in zip(w, x)), b)


class Network:
    def __init__(self, sizes, number, relu, total=total):
        random.seed(1)
        kinds = [relu] * (len(sizes) - 2) + [lambda z: z]
        pairs = zip(sizes, sizes[1:], kinds)
        self.layers = [[Neuron(n_in, kind, number, total) for _ in range(n_out)] for n_in, n_out, kind in pairs]

    @property
    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in [*neuron.w, neuron.b]]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]


def loss_of(network, points, number, relu, plus=sum):
    random.seed(0)
    inputs = [[number(random.uniform(-1, 1)) for _ in range(2)] for _ in range(points)]
    labels = [random.choice((-1, 1)) for _ in range(points)]
    margins = [relu(1 + -y * network(x)) for x, y in zip(inputs, labels)]
    return plus(margins) * (1.0 / points) + 1e-4 * plus([p * p for p in network.parameters])


def relu_of_float(z):
    return z if z > 0 else 0.0


def floats(case):
    sizes, points = case
    network = Network(sizes, float, relu_of_float)
    return lambda: loss_of(network, points, float, relu_of_float)


def expected(case, step=1e-6):
    """[the loss, its slope along each parameter by central differences]."""
    sizes, points = case
    network = Network(sizes, float, relu_of_float)
    slopes = []
    for neuron in (neuron for layer in network.layers for neuron in layer):
        for k in range(len(neuron.w) + 1):
            ends = []
            for change in (step, -2 * step, step):
                if k < len(neuron.w):
                    neuron.w[k] += change
                else:
                    neuron.b += change
                ends.append(loss_of(network, points, float, relu_of_float))
            slopes.append((ends[0] - ends[1]) / (2 * step))
    return [loss_of(network, points, float, relu_of_float), *slopes]


def operations(case):
    """How many additions, multiplications and ReLUs the loss takes: 32,877 of 2-16-16-1 and 50 points."""
    sizes, points = case
    count = 0

    class Counted(float):
        def __add__(self, other):
            nonlocal count
            count += 1
            return Counted(float(self) + float(other))

        def __mul__(self, other):
            nonlocal count
            count += 1
            return Counted(float(self) * float(other))

        __radd__, __rmul__ = __add__, __mul__

    def relu(z):
        nonlocal count
        count += 1
        return Counted(max(z, 0.0))

    loss_of(Network(sizes, Counted, relu), points, Counted, relu)
    return count


def autodiff(case):
    import autodiff as ad

    sizes, points = case
    network = Network(sizes, ad.Value, ad.Value.relu)

    def run():
        with ad.Tape() as tape:
            loss = loss_of(network, points, ad.Value, ad.Value.relu)
        return loss, tape.gradient(loss, network.parameters)

    return run


def need_dot():
    """Raises NotImplementedError if this autodiff has no `ad.dot(values, values, bias)`."""
    import autodiff as ad

    try:
        ad.dot([ad.Value(1.0)], [2.0], ad.Value(3.0))
    except (TypeError, ValueError):
        raise NotImplementedError("this autodiff has no ad.dot of Values") from None


def autodiff_dot(case):
    """The same with one node for each neuron: `ad.dot(w, x, b)`, `ad.sum(values)`."""
    import autodiff as ad

    need_dot()
    sizes, points = case
    network = Network(sizes, ad.Value, ad.Value.relu, ad.dot)

    def run():
        with ad.Tape() as tape:
            loss = loss_of(network, points, ad.Value, ad.Value.relu, ad.sum)
        return loss, tape.gradient(loss, network.parameters)

    return run


def micrograd(case):
    from micrograd.engine import Value

    sizes, points = case
    network = Network(sizes, Value, Value.relu)

    def run():
        loss = loss_of(network, points, Value, Value.relu)
        for p in network.parameters:
            p.grad = 0
        loss.backward()
        return loss, [p.grad for p in network.parameters]

    return run


SUBJECT = Subject(
    title="Values: the micrograd workload (sizes, points), loss and gradient",
    cases={"2-16-16-1, 50": ([2, 16, 16, 1], 50)},
    quick={"2-3-1, 4": ([2, 3, 1], 4)},
    contenders={
        "floats, the loss alone": Contender(floats),
        "autodiff": Contender(autodiff),
        "autodiff, ad.dot": Contender(autodiff_dot, ("ad.dot",)),
        "micrograd": Contender(micrograd, ("micrograd",)),
    },
    expected=expected,
    operations=operations,
    atol=1e-6,
)
