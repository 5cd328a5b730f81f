"""Optimizers: an optimizer is its equations. Gradients come from a tape; Variables and Values go down their slope."""

import numpy as np


class Optimizer:
    """Keeps the slots of each variable; subclasses say how many in `slots` and give the step in `update`."""

    slots = 0

    def __init__(self, learning_rate):
        self.learning_rate = float(learning_rate)
        self.iterations = 0
        self._state = {}  # by id; the variable itself is kept so that the id stays valid

    def apply_gradients(self, grads_and_vars):
        """The number of steps taken so far, after one more step with each (gradient, variable)."""
        self.iterations += 1
        for g, v in grads_and_vars:
            raw = g.data
            if np.shape(raw) != v.shape:
                raise ValueError(f"The gradient of {v.name or 'a variable'} has shape {np.shape(raw)}, not {v.shape}.")
            _, slots = self._state.setdefault(id(v), (v, [np.zeros_like(raw) for _ in range(self.slots)]))
            step, *slots[:] = self.update(raw, self.iterations, *slots)
            v.assign_sub(step)
        return self.iterations


class SGD(Optimizer):
    """w <- w - lr g."""

    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate)

    def update(self, g, t):
        return (self.learning_rate * g,)


class Adam(Optimizer):
    """Kingma and Ba (2015), with epsilon where Keras has it: w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)."""

    slots = 2

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(learning_rate)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def update(self, g, t, m, v):
        m = m + (1 - self.beta_1) * (g - m)
        v = v + (1 - self.beta_2) * (g * g - v)
        rate = self.learning_rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t)
        return rate * m / (np.sqrt(v) + self.epsilon), m, v
