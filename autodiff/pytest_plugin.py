"""The pytest plugin: `def test_my_layer(check_gradients): check_gradients(layer, x)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def check_gradients() -> Callable[..., Any]:
    """`autodiff.check_gradients`, failing the test with the verdict where the gradient is not accepted."""
    from autodiff.check import check_gradients as verdict_on

    def check(function: Callable[..., Any], *args: Any, order: int = 1, seed: int = 0) -> Any:
        verdict = verdict_on(function, *args, order=order, seed=seed)
        if not verdict:
            pytest.fail(f"gradient {verdict}", pytrace=False)
        return verdict

    check.assert_correct = check  # type: ignore[attr-defined]  # as autodiff.check_gradients has it
    return check
