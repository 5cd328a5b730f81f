"""The tape: watching, the reverse sweep (the chain rule, written once), and nested structures of sources."""

from autodiff.tape.forward import ForwardAccumulator
from autodiff.tape.tape import Tape

GradientTape = Tape

__all__ = ["ForwardAccumulator", "GradientTape", "Tape"]
