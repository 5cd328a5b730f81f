"""micrograd's Value on this engine. `nn.micrograd` has it under micrograd's own names, with the networks."""

from autodiff.failures.elsewhere import Lacking
from autodiff.scalar.linked import LinkedValue as Value

__all__ = ["Value"]

Value.__name__ = "Value"  # what messages call it; __qualname__, by which pickle finds it, stays
KEPT = "p.grad = 0 sets one gradient back, and net.zero_grad() those of a network"
setattr(Value, "zero_grad", Lacking("zero_grad", KEPT))  # noqa: B010  (that of other Values says that no gradient is kept)
