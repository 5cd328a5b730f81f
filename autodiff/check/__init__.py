"""Checking gradients against finite differences, with a verdict that says what it found."""

from autodiff.check.check import Verdict, check_gradients

__all__ = ["Verdict", "check_gradients"]
