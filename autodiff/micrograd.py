"""micrograd's Value on this engine. `nn.micrograd` has it under micrograd's own names, with the networks."""

from autodiff.scalar.linked import LinkedValue as Value

__all__ = ["Value"]
