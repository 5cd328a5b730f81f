"""How weights begin: functions of (shape, dtype). All draw from the one stream of `nn.set_random_seed`; one that is given a
seed has a stream of its own, and goes on in it from call to call."""

import math

import numpy as np

from nn import lookup, settings
from nn.settings import generator

CUT = 0.87962566103423978  # the standard deviation of a standard normal variable cut off at 2


class Initializer:
    """A function of (shape, dtype). Subclasses say in `draw(stream, shape)` what it returns, in float64."""

    def __init__(self, seed=None):
        self.stream = None if seed is None else np.random.default_rng(seed)

    def __call__(self, shape, dtype=None):
        stream = generator() if self.stream is None else self.stream
        return np.asarray(self.draw(stream, tuple(shape)), dtype or settings.floatx())

    def draw(self, stream, shape):
        raise NotImplementedError(f"{type(self).__name__} does not say what it draws: define draw(self, stream, shape).")


class Constant(Initializer):
    """`value` everywhere."""

    def __init__(self, value=0.0):
        super().__init__()
        self.value = value

    def draw(self, stream, shape):
        return np.full(shape, self.value)


class Zeros(Constant):
    """0 everywhere."""

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """1 everywhere."""

    def __init__(self):
        super().__init__(1.0)


class RandomUniform(Initializer):
    """Uniform in [minval, maxval)."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def draw(self, stream, shape):
        return stream.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normal."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def draw(self, stream, shape):
        return self.mean + self.stddev * stream.standard_normal(shape)


class TruncatedNormal(RandomNormal):
    """Normal; what lies beyond two deviations is drawn again."""

    def draw(self, stream, shape):
        z = np.asarray(stream.standard_normal(shape))
        while np.any(far := np.abs(z) > 2):
            z[far] = stream.standard_normal(np.count_nonzero(far))
        return self.mean + self.stddev * z


class VarianceScaling(Initializer):
    """Of mean 0 and variance scale / n, where n is the number of a unit's inputs ("fan_in"), of its outputs ("fan_out"), or
    their mean ("fan_avg"). distribution: "uniform", "untruncated_normal", or "truncated_normal", cut at two deviations."""

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None):
        super().__init__(seed)
        self.scale = scale
        self.mode = lookup.one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        kinds = ("truncated_normal", "untruncated_normal", "uniform")
        self.distribution = lookup.one_of("distribution", distribution, kinds)

    def draw(self, stream, shape):
        n_in, n_out = fans(shape)
        n = {"fan_in": n_in, "fan_out": n_out, "fan_avg": (n_in + n_out) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * deviation
            return stream.uniform(-limit, limit, shape)
        if self.distribution == "truncated_normal":
            return TruncatedNormal(0.0, deviation / CUT).draw(stream, shape)
        return RandomNormal(0.0, deviation).draw(stream, shape)


class Orthogonal(Initializer):
    """`gain` times a matrix with orthonormal columns, or rows if there are fewer of them; all axes but the last count as one
    (Saxe et al., 2014). It is the Q of a normal matrix, of the signs that make every such matrix as likely."""

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = gain

    def draw(self, stream, shape):
        if len(shape) < 2:
            raise ValueError(f"A matrix is orthogonal, but the shape to fill is {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(stream.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


def fans(shape):
    """(the number of inputs of a unit, of its outputs) of a kernel of shape (..., inputs, outputs)."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def _scaled(name, scale, mode, distribution, source):
    """A VarianceScaling whose one argument is the seed."""

    def __init__(self, seed=None):
        VarianceScaling.__init__(self, scale, mode, distribution, seed)

    doc = f"VarianceScaling({scale}, {mode!r}, {distribution!r}): {source}."
    return type(name, (VarianceScaling,), {"__init__": __init__, "__doc__": doc, "__module__": __name__})


GlorotUniform = _scaled("GlorotUniform", 1.0, "fan_avg", "uniform", "Glorot and Bengio, 2010")
GlorotNormal = _scaled("GlorotNormal", 1.0, "fan_avg", "truncated_normal", "Glorot and Bengio, 2010")
HeUniform = _scaled("HeUniform", 2.0, "fan_in", "uniform", "He et al., 2015")
HeNormal = _scaled("HeNormal", 2.0, "fan_in", "truncated_normal", "He et al., 2015")
LecunUniform = _scaled("LecunUniform", 1.0, "fan_in", "uniform", "LeCun et al., 1998")
LecunNormal = _scaled("LecunNormal", 1.0, "fan_in", "truncated_normal", "LeCun et al., 1998")

NAMES = lookup.table(
    Constant, Zeros, Ones, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling, GlorotUniform, GlorotNormal,
    HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal, uniform=RandomUniform, normal=RandomNormal,
)  # fmt: skip
__all__ = ["Initializer", *(name for name in NAMES if name[0].isupper())]


def get(initializer):
    """The initializer of that name; a function of (shape, dtype) stands for itself. ValueError for an unknown name."""
    return lookup.resolve("initializer", initializer, NAMES)
