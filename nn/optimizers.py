"""Optimizers: each is written as its equations. A tape gives the gradients; an optimizer changes Variables and Values.

In the equations w is a variable, g its gradient, lr the learning rate and t = 1, 2, ... the step. Everything else that is kept
begins at 0. Defaults, and the place of epsilon, are Keras's. Hyper-parameters are Python floats: float32 variables stay
float32, and float64 variables are exact. The equations in `update` have the types of `Optimizer.update`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

import autodiff as ad
from nn import clipping, flat, lookup
from nn import schedules as schedules
from nn.arguments import brief, flag, fraction, items, number, positive, share
from nn.flat import elementwise
from nn.schedules import Schedule, finite_rate
from nn.typing import Variable

Rate: TypeAlias = float | Schedule | Callable[[], float]


class Optimizer:
    """Keeps the slots of each variable and the number of steps. Subclasses name their `slots`, and return from
    `update(g, t, *slots)` what to subtract from the variable, followed by the new slots.

    learning_rate: a float, a `nn.schedules` object, or a function without arguments. weight_decay: also subtract
    learning_rate * weight_decay * w. clipvalue, clipnorm, global_clipnorm: see `nn.clipping`; at most one of them.
    Raises ValueError for other keywords, and for options out of range.
    """

    slots: tuple[str, ...] = ()  # the names of the arrays that it keeps for each variable

    def __init__(self, learning_rate: Rate, weight_decay: float | None = None, clipvalue: float | None = None,
                 clipnorm: float | None = None, global_clipnorm: float | None = None, name: str | None = None,
                 **others: Any) -> None:  # fmt: skip
        if others:
            hint = "; the step's size is called learning_rate" if "lr" in others else ""
            raise ValueError(f"Argument(s) not recognized: {', '.join(others)}{hint}.")
        clips = (("clipvalue", clipvalue, clipping.by_value), ("clipnorm", clipnorm, clipping.by_norm),
                 ("global_clipnorm", global_clipnorm, clipping.by_global_norm))  # fmt: skip
        self.clips = [(clip, positive(what, limit)) for what, limit, clip in clips if limit is not None]
        if len(self.clips) > 1:
            raise ValueError("Give one of clipvalue, clipnorm and global_clipnorm at most.")
        self.name = lookup.name_of(self, name)
        self.weight_decay = None if weight_decay is None else number("weight_decay", weight_decay)
        self.iterations = 0  # the steps taken
        self.state: dict[Variable, list[Any]] = {}  # {variable: its slots}
        self.flat: flat.FlatSlots | None = None  # the slots of the variables that step together
        self._rate: Any = None
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """The rate of the next step. Setting it raises TypeError if it comes from a schedule."""
        rate = self._rate
        if type(rate) is float or isinstance(rate, ad.Value):  # a Value while a step is traced
            return rate
        return finite_rate(rate(self.iterations) if isinstance(rate, Schedule) else rate())

    @learning_rate.setter
    def learning_rate(self, rate: Rate) -> None:
        if isinstance(self._rate, Schedule):
            raise TypeError("The learning rate follows a schedule, so it can't be set; make the optimizer with a number.")
        if not callable(rate):
            rate = finite_rate(rate)
        self._rate = rate

    def restore_rate(self, rate: float) -> None:
        """Set the learning rate, unless it comes from a schedule or a function."""
        if not callable(self._rate):
            self.learning_rate = rate

    def begin(self, w: Any) -> list[Any]:
        """The slots of a variable that holds `w`, before the first step."""
        return [np.zeros_like(w) for _ in self.slots]

    def update(self, g: Any, t: int, *slots: Any) -> tuple[Any, ...]:
        raise NotImplementedError(f"{type(self).__name__} does not say how it steps: define update(self, g, t, *slots).")

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots of these variables. `apply_gradients` makes those that are missing. When new variables come, the
        slots of those that nobody else holds any more are given up."""
        variables = items("variables", variables, "a list of Variables and Values", (ad.Variable, ad.Value))
        fresh = {v: self.begin(v.data) for v in variables if v not in self.state}
        if fresh:
            flat.forget_dead(self)
            self.state.update(fresh)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> int:
        """Take one step with each (gradient, variable), and return the number of steps taken so far.

        A variable whose gradient is None stays as it is, with a warning. Raises ValueError if all gradients are None, or if one
        has another shape than its variable; then nothing has changed.
        """
        grads_and_vars = clipping.checked(grads_and_vars)
        traced = ad.is_tracing()
        pairs: list[tuple[Any, Any]] = [(g if g is None else clipping.unboxed(g, v, traced), v) for g, v in grads_and_vars]
        without = [v for g, v in pairs if g is None]
        if without:
            lost = ", ".join(getattr(v, "name", None) or "unnamed" for v in without)
            why = ad.why_none(without[0])
            if len(without) == len(pairs):
                raise ValueError(f"No gradients provided for any variable: {lost}. {why}".rstrip())
            warnings.warn(f"Gradients do not exist for variables {lost} when minimizing the loss. {why}".rstrip(), stacklevel=2)
            pairs = [(g, v) for g, v in pairs if g is not None]
        for g, v in pairs:
            if np.shape(g) != v.shape:
                raise ValueError(f"The gradient of {v.name or 'a variable'} has shape {np.shape(g)}, not {v.shape}.")
        for clip, limit in self.clips:
            pairs = list(zip(clip([g for g, _ in pairs], limit), [v for _, v in pairs]))
        with ad.init_scope():
            self.build(v for _, v in pairs)
        if not pairs:
            return self.iterations
        rate, t = self._rate, ad.attribute(self, "iterations") + 1
        # A schedule or function is called once a step. In a trace, the rate and the number of the step are inputs.
        self._rate = ad.attribute(self, "_rate") if type(rate) is float else ad.py_function(lambda: self.learning_rate)
        try:
            for step, v in flat.traced_steps(self, t, pairs) if traced else flat.steps(self, pairs):
                w = v if traced else v.data
                v.assign_sub(step + self.learning_rate * self.weight_decay * w if self.weight_decay else step)
        finally:
            self._rate = rate
        ad.set_attribute(self, "iterations", t)
        return t

    def apply(self, gradients: Iterable[Any], variables: Iterable[Variable] | None = None) -> int:
        """apply_gradients with these variables, by default those that the optimizer was built with."""
        gradients, variables = items("gradients", gradients), items("variables", self.state if variables is None else variables)
        if len(gradients) != len(variables):
            raise ValueError(f"There are {len(gradients)} gradients, but {len(variables)} variables.")
        return self.apply_gradients(zip(gradients, variables))


class SGD(Optimizer):
    """w <- w - lr g. With momentum: m <- momentum m - lr g, w <- w + m; with Nesterov's: w <- w + momentum m - lr g."""

    def __init__(self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False,
                 **options: Any) -> None:  # fmt: skip
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


class Adam(Optimizer):
    """m <- m + (1 - b1) (g - m), v <- v + (1 - b2) (g^2 - v), w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)
    (Kingma and Ba, 2015, the epsilon-hat form). amsgrad: use the largest v so far in place of v (Reddi et al., 2018)."""

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
                 amsgrad: bool = False, **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = share("beta_1", beta_1), share("beta_2", beta_2), number("epsilon", epsilon)
        self.slots = ("momentum", "velocity", "largest_velocity") if flag("amsgrad", amsgrad) else ("momentum", "velocity")

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
                 epsilon: float = 1e-7, **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, beta_1, beta_2, epsilon, weight_decay=weight_decay, **options)
        if weight_decay is None:
            raise ValueError("AdamW is Adam with weight_decay, so give it a number; without decay use Adam.")


class Nadam(Adam):
    """Adam with Nesterov's momentum (Dozat, 2016): with u_t = b1 (1 - 0.96^t / 2) and U_t = u_1 u_2 ... u_t,
    w <- w - lr (u_(t+1) m / (1 - U_(t+1)) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - b2^t)) + epsilon)."""

    def __init__(self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)
        self.slots = ("momentum", "velocity", "product")

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
                 **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.rho, self.epsilon = fraction("rho", rho), number("epsilon", epsilon)

    @elementwise
    def update(self, g, t, a, total):
        a = self.rho * a + (1 - self.rho) * g * g
        d = np.sqrt(total + self.epsilon) / np.sqrt(a + self.epsilon) * g
        return self.learning_rate * d, a, self.rho * total + (1 - self.rho) * d * d


class Adagrad(Optimizer):
    """a <- a + g^2, w <- w - lr g / sqrt(a + epsilon), where a begins at initial_accumulator_value (Duchi et al., 2011)."""

    slots = ("accumulator",)

    def __init__(self, learning_rate: Rate = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value = number("initial_accumulator_value", initial_accumulator_value)
        self.epsilon = number("epsilon", epsilon)

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
                 centered: bool = False, **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.rho, self.momentum = fraction("rho", rho), fraction("momentum", momentum)
        self.epsilon, self.centered = number("epsilon", epsilon), flag("centered", centered)
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
                 **options: Any) -> None:  # fmt: skip
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2 = fraction("beta_1", beta_1), fraction("beta_2", beta_2)

    @elementwise
    def update(self, g, t, m):
        step = self.learning_rate * np.sign(self.beta_1 * m + (1 - self.beta_1) * g)
        return step, self.beta_2 * m + (1 - self.beta_2) * g


CLASSES = (SGD, Adam, AdamW, Adadelta, Adagrad, RMSprop, Nadam, Lion)
NAMES = lookup.table(*CLASSES)
__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Lion", "Nadam", "Optimizer", "RMSprop", "schedules",
]  # fmt: skip


def get(optimizer: str | Optimizer) -> Optimizer:
    """The optimizer of that name, with its defaults. An Optimizer stays as it is. Raises ValueError for an unknown name."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise ValueError(f"An optimizer is a name or an Optimizer, but got {brief(optimizer)}.")
    return lookup.resolve("optimizer", optimizer, NAMES)
