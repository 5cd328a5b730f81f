"""What to try when an op raises: by the kind of exception, and the shapes of the operands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autodiff.failures.operands import Inputs, Operation, Params, raw

Shapes = list[tuple[int, ...]]
PRODUCTS = ("matmul", "dot")
DRAW = "Try ad.draw(f, x): it draws the program up to here, with the shape of every result."


def remedy(error: BaseException, op: Operation, inputs: Inputs, params: Params) -> list[str]:
    """A line that explains, where there is more to say than the message does, and one that begins with Try."""
    message = str(error)
    shapes = [np.shape(raw(x)) for x in inputs if hasattr(raw(x), "shape") or isinstance(raw(x), (int, float))]
    if op.name in PRODUCTS and len(shapes) == 2 and isinstance(error, ValueError):
        return product(*shapes)
    for words, answer in REMEDIES:
        if words in message:
            found = answer if isinstance(answer, str) else answer(shapes, params)
            return found.split("\n")
    return [DRAW]


def product(a: tuple[int, ...], b: tuple[int, ...]) -> list[str]:
    """What would make the shapes of a matrix product fit."""
    if not a or not b:
        return ["A matrix product needs arrays with axes.", "Try * instead of @: one of the two is a number."]
    inner = b[-2] if len(b) > 1 else b[0]
    fact = f"The last axis of the first operand ({a[-1]}) must be as long as the rows' axis of the second ({inner})."
    if len(b) == 2 and a[-1] == b[1]:
        return [fact, f"Try a @ b.T: it multiplies shapes {a} and {b[::-1]}."]
    if len(a) == 2 and a[0] == inner:
        return [fact, f"Try a.T @ b: it multiplies shapes {a[::-1]} and {b}."]
    return [fact, "Try np.reshape of one of them, or mend the shape where it was made: ad.draw(f, x) shows every shape."]


def broadcast(shapes: Shapes, params: Params) -> str:
    """Which axes do not fit, and the insertion of an axis that would make them."""
    if len(shapes) < 2:
        return DRAW
    a, b = shapes[:2]
    apart = [-k for k in range(1, min(len(a), len(b)) + 1) if a[-k] != b[-k] and 1 not in (a[-k], b[-k])]
    if not apart:
        return DRAW
    k = apart[0]
    fact = f"Broadcasting compares shapes from the right: axis {k} has lengths {a[k]} and {b[k]}. One of them must be 1."
    short, long, which = (a, b, "first") if len(a) < len(b) else (b, a, "second")
    if len(short) == 1 and len(long) == 2 and short[0] == long[0]:
        return f"{fact}\nTry x[:, np.newaxis] for the {which} operand, or keepdims=True in the reduction that made it."
    if a == b[::-1]:
        return f"{fact}\nTry x.T for one of the two."
    return f"{fact}\nTry np.reshape or x[:, np.newaxis] to line the axes up."


def axes(shapes: Shapes, params: Params) -> str:
    count = len(shapes[0]) if shapes else 0
    return f"Try an axis from {-count} to {count - 1}: the operand has {count} axes." if count else (
        "Try it without axis=: the operand has no axes."
    )


def reshape(shapes: Shapes, params: Params) -> str:
    size = int(np.prod(shapes[0], dtype=int)) if shapes else 0
    return f"Try a shape whose lengths multiply to {size}; one of them may be -1, which numpy works out."


def index(shapes: Shapes, params: Params) -> str:
    if not shapes or not shapes[0]:
        return DRAW
    return f"Try an index below {shapes[0][0]} for the first axis: the operand has shape {shapes[0]}, and indices begin at 0."


Answer = str | Callable[[Shapes, Params], str]
REMEDIES: tuple[tuple[str, Answer], ...] = (  # by words of numpy's messages
    ("Singular matrix", "The matrix has no inverse.\nTry a + 1e-6 * np.eye(n), which has one; or np.linalg.pinv or "
     "np.linalg.lstsq, which need none."),
    ("not positive definite", "A Cholesky factor needs a symmetric matrix with positive eigenvalues.\n"
     "Try a + 1e-6 * np.eye(n) if they are only rounded to 0; otherwise look at np.linalg.eigvalsh(a)."),
    ("did not converge", "Matrices with nan or inf do this.\nTry `with ad.debug():` to find the op that made them."),
    ("could not be broadcast", broadcast),
    ("shape mismatch", broadcast),
    ("out of bounds for array of dimension", axes),
    ("cannot reshape", reshape),
    ("is out of bounds for axis", index),
    ("too many indices", "Try fewer indices, or np.expand_dims before it."),
    ("must match exactly", "Try np.reshape or np.pad to make all axes equal but the one that is joined."),
    ("must have the same shape", "Try np.concatenate, which joins parts of different lengths along an axis that is there."),
    ("encountered in", "numpy's errstate raised this.\nTry `with ad.debug():`, which says what the numbers were, and the usual "
     "cure."),
    ("Mean of empty slice", "A mean of no numbers is 0 / 0.\nTry it only if x.size > 0."),
    ("Degrees of freedom", "The deviation of so few numbers is 0 / 0.\nTry ddof=0, or more numbers."),
    ("Unable to allocate", "Try smaller batches, or float32, which takes half the memory."),
    ("not supported for the input types", "Try arrays of numbers: x.astype(float)."),
)  # fmt: skip
