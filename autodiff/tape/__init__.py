"""The tape: watching, the backward walk (the chain rule, written once), the forward walk, and nested structures of sources."""

from autodiff.tape.accumulator import ForwardAccumulator
from autodiff.tape.explain import why_none
from autodiff.tape.nested import register_pytree_node
from autodiff.tape.reasons import Explanation
from autodiff.tape.tape import Tape

GradientTape = Tape

__all__ = ["Explanation", "ForwardAccumulator", "GradientTape", "Tape", "register_pytree_node", "why_none"]
