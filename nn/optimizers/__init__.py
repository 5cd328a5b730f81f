"""Optimizers: each is written as its equations. A tape gives the gradients; an optimizer changes Variables and Values.

In the equations w is a variable, g its gradient, lr the learning rate and t = 1, 2, ... the step. Everything else that is kept
begins at 0. Defaults, and the place of epsilon, are Keras's. Hyper-parameters are Python floats: float32 variables stay
float32, and float64 variables are exact. The equations in `update` have the types of `Optimizer.update`.
"""

from nn import lookup
from nn import schedules as schedules
from nn.arguments import brief
from nn.optimizers.base import Optimizer
from nn.optimizers.methods import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, Nadam, RMSprop

CLASSES = (SGD, Adam, AdamW, Adamax, Adadelta, Adagrad, RMSprop, Nadam, Lion)
NAMES = lookup.table(*CLASSES)
__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "Optimizer", "RMSprop", "schedules",
]  # fmt: skip


def get(optimizer: str | Optimizer) -> Optimizer:
    """The optimizer of that name, with its defaults. An Optimizer stays as it is. Raises ValueError for an unknown name."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise ValueError(f"An optimizer is a name or an Optimizer, but got {brief(optimizer)}.")
    return lookup.resolve("optimizer", optimizer, NAMES)
