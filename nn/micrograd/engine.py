"""micrograd.engine: Value."""

from autodiff import micrograd

Value = micrograd.Value

__all__ = ["Value"]
