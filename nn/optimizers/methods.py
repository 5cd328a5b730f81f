"""The optimizers, each as its equations, in the terms of nn.optimizers."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

import autodiff as ad
from nn.arguments import at_least_0, flag, fraction, share
from nn.flat import elementwise
from nn.optimizers.base import Optimizer, Options, Rate


class SGD(Optimizer):
    """w <- w - lr g. With momentum: m <- momentum m - lr g, w <- w + m; with Nesterov's: w <- w + momentum m - lr g."""

    def __init__(self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False,
                 **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.momentum, self.nesterov = fraction("momentum", momentum), flag("nesterov", nesterov)
        self.slots = ("momentum",) if momentum else ()

    @elementwise
    def update(self, g, t, m=None):
        step = self.learning_rate * g
        if m is None:
            return (step,)
        m = self.momentum * m - step
        return step - self.momentum * m if self.nesterov else -m, m


class MomentsOptimizer(Optimizer):
    """An optimizer with b1 and b2, by which the means of the gradients and of their squares forget the past."""

    slots = ("momentum", "velocity")

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
                 **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2 = share("beta_1", beta_1), share("beta_2", beta_2)
        self.epsilon = at_least_0("epsilon", epsilon)


class Adam(MomentsOptimizer):
    """m <- m + (1 - b1) (g - m), v <- v + (1 - b2) (g^2 - v), w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)
    (Kingma and Ba, 2015, the epsilon-hat form). amsgrad: use the largest v so far in place of v (Reddi et al., 2018)."""

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
                 amsgrad: bool = False, **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)
        self.amsgrad = flag("amsgrad", amsgrad)
        self.slots += ("largest_velocity",) * self.amsgrad

    @elementwise
    def update(self, g, t, m, v, *top):
        m = m + (1 - self.beta_1) * (g - m)
        v = v + (1 - self.beta_2) * (g * g - v)
        top = [np.maximum(x, v) for x in top]
        rate = self.learning_rate * ad.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        return rate * m / (np.sqrt(top[0] if top else v) + self.epsilon), m, v, *top


class AdamW(Adam):
    """Adam, and also w <- w - lr weight_decay w (Loshchilov and Hutter, 2019)."""

    def __init__(self, learning_rate: Rate = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999,
                 epsilon: float = 1e-7, amsgrad: bool = False, **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options)
        if weight_decay is None:
            raise ValueError("AdamW is Adam with weight_decay, so give it a number; without decay use Adam.")


class Adamax(MomentsOptimizer):
    """m <- m + (1 - b1) (g - m), u <- max(b2 u, |g|), w <- w - lr m / ((1 - b1^t) (u + epsilon)) (Kingma and Ba, 2015)."""

    slots = ("momentum", "norm")

    @elementwise
    def update(self, g, t, m, u):
        m = m + (1 - self.beta_1) * (g - m)
        u = np.maximum(self.beta_2 * u, np.abs(g))
        return self.learning_rate / (1 - self.beta_1**t) * m / (u + self.epsilon), m, u


class Nadam(MomentsOptimizer):
    """Adam with Nesterov's momentum (Dozat, 2016): with u_t = b1 (1 - 0.96^t / 2) and U_t = u_1 u_2 ... u_t,
    w <- w - lr (u_(t+1) m / (1 - U_(t+1)) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - b2^t)) + epsilon)."""

    slots = ("momentum", "velocity", "product")

    def begin(self, w: Any) -> list[Any]:
        return [*super().begin(w)[:2], np.ones(())]

    def update(self, g, t, m, v, product):
        now, following = (self.beta_1 * (1 - 0.5 * 0.96**s) for s in (t, t + 1))
        product = product * now
        m = m + (1 - self.beta_1) * (g - m)
        v = v + (1 - self.beta_2) * (g * g - v)
        ahead, own = following / (1 - product * following), (1 - now) / (1 - product)
        ahead = ahead.astype(m.dtype) * m + own.astype(m.dtype) * g
        return self.learning_rate * ahead / (np.sqrt(v / (1 - self.beta_2**t)) + self.epsilon), m, v, product


class Adadelta(Optimizer):
    """a <- rho a + (1 - rho) g^2, d = sqrt(D + epsilon) / sqrt(a + epsilon) g, D <- rho D + (1 - rho) d^2, w <- w - lr d
    (Zeiler, 2012, where lr is 1). Keras's default of 0.001 is kept here; it makes very slow progress."""

    slots = ("accumulator", "accumulated_delta")

    def __init__(self, learning_rate: Rate = 0.001, rho: float = 0.95, epsilon: float = 1e-7,
                 **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.rho, self.epsilon = fraction("rho", rho), at_least_0("epsilon", epsilon)

    @elementwise
    def update(self, g, t, a, total):
        a = self.rho * a + (1 - self.rho) * g * g
        d = np.sqrt(total + self.epsilon) / np.sqrt(a + self.epsilon) * g
        return self.learning_rate * d, a, self.rho * total + (1 - self.rho) * d * d


class Adagrad(Optimizer):
    """a <- a + g^2, w <- w - lr g / sqrt(a + epsilon), where a begins at initial_accumulator_value (Duchi et al., 2011)."""

    slots = ("accumulator",)

    def __init__(self, learning_rate: Rate = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
                 **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = at_least_0("initial_accumulator_value", initial_accumulator_value)
        self.epsilon = at_least_0("epsilon", epsilon)

    def begin(self, w: Any) -> list[Any]:
        return [np.full_like(w, self.initial_accumulator_value)]

    @elementwise
    def update(self, g, t, a):
        a = a + g * g
        return self.learning_rate * g / np.sqrt(a + self.epsilon), a


class RMSprop(Optimizer):
    """v <- rho v + (1 - rho) g^2, w <- w - lr g / sqrt(v + epsilon) (Hinton, 2012). centered: v - a^2 in place of v, where
    a <- rho a + (1 - rho) g. With momentum: b <- momentum b + the step, w <- w - b."""

    def __init__(self, learning_rate: Rate = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
                 centered: bool = False, **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.rho, self.momentum = fraction("rho", rho), fraction("momentum", momentum)
        self.epsilon, self.centered = at_least_0("epsilon", epsilon), flag("centered", centered)
        self.slots = ("velocity",) + ("average_gradient",) * self.centered + ("momentum",) * bool(momentum)

    @elementwise
    def update(self, g, t, v, *others):
        v = self.rho * v + (1 - self.rho) * g * g
        others, variance = list(others), v
        if self.centered:
            others[0] = self.rho * others[0] + (1 - self.rho) * g
            variance = np.maximum(v - others[0] * others[0], 0.0)  # rounding may make it negative
        step = self.learning_rate * g / np.sqrt(variance + self.epsilon)
        if self.momentum:
            step = others[-1] = self.momentum * others[-1] + step
        return step, v, *others


class Lion(Optimizer):
    """w <- w - lr sign(b1 m + (1 - b1) g), m <- b2 m + (1 - b2) g (Chen et al., 2023)."""

    slots = ("momentum",)

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.99,
                 **options: Unpack[Options]) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2 = fraction("beta_1", beta_1), fraction("beta_2", beta_2)

    @elementwise
    def update(self, g, t, m):
        step = self.learning_rate * np.sign(self.beta_1 * m + (1 - self.beta_1) * g)
        return step, self.beta_2 * m + (1 - self.beta_2) * g
