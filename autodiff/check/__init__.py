"""Checking gradients against finite differences, with a verdict that says what it found."""

from autodiff.check.check import check_gradients
from autodiff.check.verdict import Verdict

__all__ = ["Verdict", "check_gradients"]
