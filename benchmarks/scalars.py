"""The micrograd workload: a 2-16-16-1 ReLU network of scalars, 50 points, SVM max-margin loss with L2; loss and gradient.

    python benchmarks/scalars.py [rounds]

The same program runs on plain Python floats (forward only: the floor), on `ad.Value` and on micrograd's Value, each in
processes of its own that take turns, because micrograd's cyclic garbage would slow its neighbours down. Figures are
medians over the rounds, in nanoseconds per recorded operation.
"""

import importlib.util
import random
import statistics
import subprocess
import sys
import time

SIZES, POINTS, OPERATIONS = (2, 16, 16, 1), 50, 33_314


class Neuron:
    def __init__(self, n_in, relu, number):
        self.w = [number(random.uniform(-1, 1)) for _ in range(n_in)]
        self.b = number(0.0)
        self.relu = relu

    def __call__(self, x):
        z = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return self.relu(z)


class Network:
    def __init__(self, number, relu):
        random.seed(1)
        kinds = [relu] * (len(SIZES) - 2) + [lambda z: z]
        pairs = zip(SIZES, SIZES[1:], kinds)
        self.layers = [[Neuron(n_in, kind, number) for _ in range(n_out)] for n_in, n_out, kind in pairs]
        self.parameters = [p for layer in self.layers for neuron in layer for p in [*neuron.w, neuron.b]]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]


def loss_of(network, number, relu):
    random.seed(0)
    points = [[number(random.uniform(-1, 1)) for _ in range(2)] for _ in range(POINTS)]
    labels = [random.choice((-1, 1)) for _ in range(POINTS)]
    margins = [relu(1 + -y * network(x)) for x, y in zip(points, labels)]
    return sum(margins) * (1.0 / POINTS) + 1e-4 * sum(p * p for p in network.parameters)


def on_floats():
    def relu(z):
        return z if z > 0 else 0.0

    network = Network(float, relu)
    return lambda: loss_of(network, float, relu)


def on_autodiff():
    import autodiff as ad

    network = Network(ad.Value, ad.Value.relu)

    def run():
        with ad.Tape() as tape:
            loss = loss_of(network, ad.Value, ad.Value.relu)
        return tape.gradient(loss, network.parameters)

    return run


def on_micrograd():
    from micrograd.engine import Value

    network = Network(Value, Value.relu)

    def run():
        loss = loss_of(network, Value, Value.relu)
        for p in network.parameters:
            p.grad = 0
        loss.backward()

    sys.setrecursionlimit(100_000)
    return run


ENGINES = {"floats": on_floats, "autodiff": on_autodiff, "micrograd": on_micrograd}


def nanoseconds(name, repeats=7):
    run = ENGINES[name]()
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) / OPERATIONS * 1e9


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in ENGINES:
        print(nanoseconds(sys.argv[1]))
    else:
        import autodiff as ad

        print(ad.build_info())
        names = [name for name in ENGINES if name != "micrograd" or importlib.util.find_spec(name)]
        rounds = int(sys.argv[1]) if sys.argv[1:] else 5
        table = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
                table[name].append(float(done.stdout))
        medians = {name: statistics.median(times) for name, times in table.items()}
        for name, figure in medians.items():
            print(f"{name:10s} {figure:9.1f} ns/op")
        print(f"autodiff is {medians['autodiff'] / medians['floats']:.2f} times plain floats", end="")
        if "micrograd" in medians:
            print(f", and {medians['micrograd'] / medians['autodiff']:.1f} times faster than micrograd")
        else:
            print("; micrograd skipped: not installed")
