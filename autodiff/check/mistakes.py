"""The classic mistakes in a gradient, recognised by how it differs from the right one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.node import Node
from autodiff.core.span import Span

NEAR: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-7}


def mistake(wrong: Any, right: Any, sizes: set[int]) -> str:
    """What was probably done to get `wrong` for `right`, in words; empty if it is none of the classic mistakes. `sizes`
    are the lengths of the axes in sight, one of which a mean may have been taken over."""
    wrong, right = np.asarray(wrong, float), np.asarray(right, float)
    if not np.any(right) or not np.isfinite(wrong).all():
        return ""
    factor = float(np.sum(wrong * right) / np.sum(right * right))
    if np.allclose(wrong, factor * right, **NEAR):
        return _factor(factor, sizes)
    if wrong.ndim == 2 and wrong.shape[0] == wrong.shape[1] and np.allclose(wrong, right.T, **NEAR):
        return "transposed: the gradient of a square matrix came out as its transpose"
    return ""


def _factor(factor: float, sizes: set[int]) -> str:
    if np.isclose(factor, 0, atol=1e-9):
        return "it is zero: the path was cut"
    if np.isclose(factor, -1, rtol=1e-3):
        return "sign: it is the negative of the right one"
    if np.isclose(factor, 2, rtol=1e-3) or np.isclose(factor, 0.5, rtol=1e-3):
        return f"factor 2: it is {factor:.3g} times the right one"
    for n in sorted(sizes):
        if n > 2 and (np.isclose(factor, 1 / n, rtol=1e-3) or np.isclose(factor, n, rtol=1e-3)):
            return f"1/N: it is {factor:.4g} times the right one, and an axis has length {n}"
    return f"a constant factor: it is {factor:.6g} times the right one"


def guilty_op(span: Span) -> tuple[str, str]:
    """(the name of the one recorded op whose rule disagrees with its forward, the mistake in it); empty if not just one."""
    suspects: dict[str, str] = {}
    for _, node in span.nodes():
        if node.op is not None and node.first < 0:
            found = _disagreement(span, node)
            if found is not None:
                suspects[node.op.name] = found
    return next(iter(suspects.items())) if len(suspects) == 1 else ("", "")


def _disagreement(span: Span, node: Node) -> str | None:
    """The mistake in a node's rule, "" for one without a name, None if rule and forward agree."""
    op, parents = node.op, node.parents
    assert op is not None
    inputs = [np.asarray(span.graph.box(p)._raw(), float) if p >= 0 else x for x, p in zip(node.inputs, parents)]
    y = node.value
    weight = np.random.default_rng(0).uniform(0.5, 1.5, np.shape(y))
    parts = op.joint_vjp(weight, y, *inputs, **node.params) if op.joint_vjp is not None else None
    for k, p in enumerate(parents):
        if p < 0 or np.size(inputs[k]) > 400:
            continue
        rule: Any = op.vjp(k) if parts is None else None
        if parts is None and rule is None:
            continue
        part: Any = parts[k] if parts is not None else rule(weight, y, *inputs, **node.params)
        part = np.asarray(raw_of(part), float)
        rows = _numeric_rows(op.forward, inputs, k, node.params, weight)
        right = rows.sum(axis=0)
        summed = part if part.shape == right.shape else None
        if summed is None and np.size(part) % max(np.size(right), 1) == 0:
            extra = part.ndim - right.ndim
            summed = part.sum(axis=tuple(range(extra))) if extra > 0 and part.shape[extra:] == right.shape else None
        if summed is not None and np.allclose(summed, right, rtol=1e-4, atol=1e-6):
            continue
        if summed is None:
            return ""
        return _named(summed, right, rows, weight, set(np.shape(y)) | {n for x in inputs for n in np.shape(x)})
    return None


def _numeric_rows(forward: Any, inputs: list[Any], k: int, params: Any, weight: Any) -> Any:
    """The weighted derivative of the output's rows (its first axis) with respect to input k, one slice a row."""
    x, h = inputs[k], 1e-5
    rows = np.zeros((weight.shape[0] if weight.ndim else 1, *x.shape))
    for index in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * h
            ends.append(np.asarray(forward(*inputs[:k], moved, *inputs[k + 1 :], **params), float))
        change = np.asarray(weight * (ends[0] - ends[1]) / (2 * h))
        rows[(slice(None), *index)] = change.reshape(len(rows), -1).sum(axis=1)
    return rows


def _named(part: Any, right: Any, rows: Any, weight: Any, sizes: set[int]) -> str:
    known = mistake(part, right, sizes)
    if known:
        return known
    if part.shape == weight.shape and np.allclose(part, weight, **NEAR):
        return "missing activation derivative: the gradient is passed on as it came"
    if len(rows) > 1 and any(np.allclose(part, row, **NEAR) for row in rows):
        return "not summed over the broadcast axis: only one row's part is there"
    differs = ~np.isclose(part, right, **NEAR)
    if differs.any() and not differs.all() and (np.abs(part[differs]) < np.abs(right[differs])).all():
        return "assignment for accumulation: where several parts meet, only one is there"
    return ""

