"""einsum, in every form: the derivative of an einsum is an einsum.

For `ij,jk->ik`, the cotangent of the first input is `ik,jk->ij`: the output's subscripts take the input's place. Three
things need care: an index that only this input has (its sum is spread back), an index that it repeats (a diagonal, put
back by an identity matrix), and an ellipsis (written out as letters first).
"""

from __future__ import annotations

import string
from collections import Counter

import numpy as np

from autodiff.core.batch_kinds import summed_products
from autodiff.core.registry import rule
from autodiff.failures.keywords import meant
from autodiff.failures.nesting import brief

__all__ = ["einsum"]


def adapt(*args, **options):
    """The inputs, and the subscripts with every axis named: `...` written out and the output stated."""
    if not args:
        raise TypeError("einsum takes subscripts and arrays, such as einsum('ij,j->i', a, b), but got nothing.")
    subscripts, inputs = (args[0], args[1:]) if isinstance(args[0], str) else _from_lists(args)
    subscripts = subscripts.replace(" ", "")
    left, arrow, output = subscripts.partition("->")
    terms = left.split(",")
    if len(terms) != len(inputs):
        raise ValueError(f"einsum subscripts {subscripts!r} name {len(terms)} inputs, but got {len(inputs)}.")
    spare = [c for c in string.ascii_letters if c not in subscripts]
    extra = [np.ndim(x) - len(t.replace("...", "")) if "..." in t else 0 for t, x in zip(terms, inputs, strict=True)]
    widest = max(extra)
    dots = "".join(spare[:widest])
    terms = [t.replace("...", dots[widest - n :]) for t, n in zip(terms, extra, strict=True)]
    if arrow:
        output = output.replace("...", dots)
    else:
        seen = Counter("".join(terms))
        output = dots + "".join(sorted(c for c in seen if seen[c] == 1 and c not in dots))
    for term, x in zip(terms, inputs, strict=True):
        _check_diagonals(term, np.shape(x))
    options = meant("einsum", np.einsum, ("optimize", "dtype", "casting"), options)
    if isinstance(options.get("optimize"), str) and options["optimize"] not in ("greedy", "optimal"):
        raise TypeError(f"einsum does not take optimize={options['optimize']!r}: pass True, False, 'greedy' or 'optimal'.")
    params = {"subscripts": ",".join(terms) + "->" + output, "optimize": options.get("optimize", False)}
    if options.get("dtype") is not None:
        params.update({key: options[key] for key in ("dtype", "casting") if key in options})
    return inputs, params


def _check_diagonals(term, shape):
    """ValueError for `ii` of an array without rows but with columns, where numpy reads what is not the array's."""
    for c in set(term) if len(set(term)) < len(term) == len(shape) else ():
        sizes = {n for name, n in zip(term, shape, strict=True) if name == c}
        if len(sizes) > 1 and 0 in sizes:
            raise ValueError(f"einsum can't take the diagonal {term!r} of shape {shape}: axes of one index are equally long.")


def _from_lists(args):
    """`einsum(a, [0, 1], b, [1, 2], [0, 2])` in letters."""
    pairs, rest = (args, []) if len(args) % 2 == 0 else (args[:-1], [args[-1]])

    def letters(axes):
        if not isinstance(axes, (list, tuple)) or any(axis is not Ellipsis and not _is_letter(axis) for axis in axes):
            raise TypeError(
                "einsum takes subscripts and arrays, such as einsum('ij,j->i', a, b), or each array with a list of numbers for "
                f"its axes, such as einsum(a, [0, 1], b, [1], [0]), but got {brief(axes)} in place of a list."
            )
        return "".join("..." if axis is Ellipsis else string.ascii_letters[axis] for axis in axes)

    subscripts = ",".join(letters(axes) for axes in pairs[1::2])
    return subscripts + "".join("->" + letters(axes) for axes in rest), pairs[::2]


def _is_letter(axis):
    return isinstance(axis, (int, np.integer)) and 0 <= axis < len(string.ascii_letters)


def _vjp(k, g, y, *inputs, subscripts, optimize, dtype=None, casting="safe"):
    """einsum of g with the other inputs, whose indices give those of this input."""
    left, _, output = subscripts.partition("->")
    terms = left.split(",")
    own = terms[k]
    axes = "".join(dict.fromkeys(own))  # each index once
    others = [x for j, x in enumerate(inputs) if j != k]
    names = [output, *(t for j, t in enumerate(terms) if j != k)]
    known = set("".join(names))
    shape = dict(zip(own, np.shape(inputs[k]), strict=True))
    for c in axes:  # an index that only this input has: its sum is spread back
        if c not in known:
            others.append(np.ones(shape[c], dtype=g.dtype))
            names.append(c)
    if len(axes) == len(own):
        return np.einsum(",".join(names) + "->" + own, g, *others, optimize=optimize)
    spare = iter(c for c in string.ascii_letters if c not in subscripts)
    target, seen = "", set()
    for c in own:  # a repeated index: the diagonal goes back through an identity matrix
        if c in seen:
            fresh = next(spare)
            others.append(np.eye(shape[c], dtype=g.dtype))
            names.append(c + fresh)
            c = fresh
        seen.add(c)
        target += c
    return np.einsum(",".join(names) + "->" + target, g, *others, optimize=optimize)


einsum = rule(
    np.einsum,
    variadic=_vjp,
    forward=lambda *inputs, subscripts, **options: np.einsum(subscripts, *inputs, **options),
    bind=adapt,
    linear=True,
    batch=summed_products,
)
