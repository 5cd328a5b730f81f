"""Samples: linear algebra."""

import numpy as np

from samples.table import any_, described, positive, real_parts, sample, square, wrong


def of_mapped(function, mapped):
    """The function of a matrix that is made of any matrix: whatever numbers it is given, it stays in its domain."""

    def of(*matrices, **keywords):
        return function(*[mapped(x) for x in matrices], **keywords)

    of.__name__, of.__module__ = function.__name__, function.__module__
    of.stands_for = getattr(function, "stands_for", function)
    return of


def of_symmetric(function):
    """The function of a symmetric matrix, which a step of finite differences must not leave."""
    return of_mapped(function, lambda x: x @ np.matrix_transpose(x) + np.eye(x.shape[-1], dtype=x.dtype))


def of_real(function):
    """The function of a matrix with real, positive eigenvalues that are apart."""

    def mapped(x):
        size = 1.0 + np.sqrt(np.sum(x * x, axis=(-2, -1), keepdims=True))
        return np.diag(np.arange(1.0, x.shape[-1] + 1)).astype(x.dtype) + 0.3 * x / size

    return of_mapped(function, mapped)


def options_of(keywords):
    return "".join(f", {name}={getattr(option, '__name__', described(option))}" for name, option in keywords.items())


def sample_of_symmetric(function, x, **keywords):
    """Enter a row of the function of x x^T + 1, under an id that says so."""
    sample(of_symmetric(function), x, id=f"symmetric({described(x)}{options_of(keywords)})", **keywords)


def sample_of_real(function, x, **keywords):
    """Enter a row of the function of a matrix with real eigenvalues that is made of x."""
    sample(of_real(function), x, id=f"real({described(x)}{options_of(keywords)})", **keywords)


for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.pinv, np.linalg.svdvals, np.linalg.qr):
    sample(f, square(3, 3))
    sample(f, square(2, 3, 3))
    sample(f, square(1, 1))
for shape in ((4, 2), (2, 4), (2, 3, 2)):
    for f in (np.linalg.pinv, np.linalg.svdvals, np.linalg.qr):
        sample(f, any_(*shape))
    sample(np.linalg.svd, any_(*shape), full_matrices=False)
    sample(np.linalg.svd, any_(*shape), compute_uv=False)
    sample(np.linalg.qr, any_(*shape), mode="r")
sample(np.linalg.svd, square(3, 3))
sample(np.linalg.det, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]))
sample(np.linalg.det, np.stack([np.zeros((3, 3)), np.ones((3, 3)), np.eye(3)]))
for a, b in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 1)),
             ((2, 3, 3), (2, 3, 3))):  # fmt: skip
    sample(np.linalg.solve, square(*a), any_(*b))
for a, b in (((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 4), (2,)), ((3, 3), (3,))):
    sample(np.linalg.lstsq, any_(*a) + np.eye(*a), any_(*b))
sample(np.linalg.tensorsolve, square(6, 6).reshape(2, 3, 6), any_(2, 3))
sample(np.linalg.tensorinv, square(6, 6).reshape(6, 2, 3), ind=1)
for p in (None, 2, -2, "fro", "nuc", 1, -1, np.inf, -np.inf):
    sample(np.linalg.cond, square(3, 3), p)
    sample(np.linalg.norm, any_(3, 4), p)
    if p is not None:
        sample(np.linalg.matrix_norm, any_(2, 3, 4), ord=p)
    sample(np.linalg.norm, any_(2, 3, 4), p, (0, 2))
    sample(np.linalg.norm, any_(2, 3, 4), p, axis=(2, -2), keepdims=True)
for p in (None, 2, 1, 3, 2.5, -1, 0, np.inf, -np.inf):
    sample(np.linalg.norm, any_(4), p)
    sample(np.linalg.norm, any_(3, 4), p, 0)
    sample(np.linalg.norm, any_(3, 4), p, axis=-1, keepdims=True)
    if p is not None:
        sample(np.linalg.vector_norm, any_(2, 3, 4), ord=p, axis=(0, 2))
sample(np.linalg.norm, any_(2, 3, 4))
sample(np.linalg.norm, any_(2, 3, 4), keepdims=True)
for f in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh):
    for shape in ((3, 3), (2, 3, 3), (1, 1)):
        sample(of_symmetric(f), square(*shape))
sample(of_symmetric(np.linalg.cholesky), square(3, 3), upper=True)
sample(of_symmetric(np.linalg.eigh), square(3, 3), UPLO="U")
sample_of_symmetric(np.linalg.eigvalsh, square(3, 3), UPLO="U")
for f in map(real_parts, (np.linalg.eig, np.linalg.eigvals)):
    for shape in ((3, 3), (2, 3, 3), (1, 1), (2, 2)):
        sample_of_real(f, any_(*shape))
    sample_of_symmetric(f, square(3, 3))
for shape in ((3, 3), (2, 3, 3), (1, 1)):
    sample_of_symmetric(np.linalg.svd, square(*shape), hermitian=True)
    sample_of_symmetric(np.linalg.svd, square(*shape), compute_uv=False, hermitian=True)
    sample_of_symmetric(np.linalg.pinv, square(*shape), hermitian=True)
sample(np.linalg.svd, any_(4, 3))
sample(np.linalg.svd, any_(3, 4))
sample(np.linalg.pinv, any_(4, 2), 1e-3)
sample(np.linalg.pinv, any_(4, 2), rtol=1e-3)
sample(np.linalg.pinv, any_(2, 4), rtol=None)
for n in (0, 1, 2, 5, -1, -3):
    sample(np.linalg.matrix_power, square(2, 3, 3), n)

# -- stacks of stacks, and every keyword -------------------------------------------------------------------------------------

for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.pinv, np.linalg.svdvals, np.linalg.qr, np.linalg.cond):
    sample(f, square(2, 2, 2, 2))
    sample(f, square(4, 4))
for shape in ((2, 2, 4, 2), (1, 3), (3, 1), (5, 3)):
    for f in (np.linalg.pinv, np.linalg.svdvals, np.linalg.qr):
        sample(f, any_(*shape))
    sample(np.linalg.svd, any_(*shape), full_matrices=False)
for f in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh):
    sample_of_symmetric(f, square(2, 2, 2, 2))
    sample_of_symmetric(f, any_(4, 4))
for uplo in ("L", "U", "l", "u"):
    sample_of_symmetric(np.linalg.eigvalsh, any_(2, 2), UPLO=uplo)
    sample_of_symmetric(np.linalg.eigh, any_(2, 2), UPLO=uplo)
for upper in (False, True):
    sample_of_symmetric(np.linalg.cholesky, any_(2, 3, 3), upper=upper)
for a, b in (((2, 2, 3, 3), (3,)), ((2, 1, 3, 3), (3, 3, 2)), ((3, 3), (2, 2, 3, 1)), ((1, 1), (1,)), ((4, 4), (4, 4))):
    sample(np.linalg.solve, square(*a), any_(*b))
for a, b in (((5, 2), (5,)), ((5, 3), (5, 2)), ((2, 5), (2, 3)), ((1, 1), (1,))):
    sample(np.linalg.lstsq, any_(*a) + np.eye(*a), any_(*b), rcond=1e-10)
sample(np.linalg.tensorsolve, square(6, 6).reshape(2, 3, 6), any_(2, 3), axes=None)
sample(np.linalg.tensorsolve, square(6, 6).reshape(6, 2, 3), any_(2, 3), axes=(0,))
sample(np.linalg.tensorinv, square(4, 4).reshape(2, 2, 2, 2))
sample(np.linalg.tensorinv, square(6, 6).reshape(3, 2, 6), ind=2)
for p in (2, "nuc", "fro", 1):
    sample(np.linalg.matrix_norm, any_(2, 2, 3, 2), ord=p, keepdims=True)
    sample(np.linalg.cond, square(2, 2, 2), p)
for p in (0.5, 1.5, 4, -2):
    sample(np.linalg.norm, positive(4), p)
    sample(np.linalg.vector_norm, positive(3, 2), ord=p, axis=0, keepdims=True)
    sample(np.linalg.vector_norm, positive(3, 2), ord=p)
for axis in (0, 1, (1, 2), (0, -1), None):
    sample(np.linalg.vector_norm, any_(2, 3, 4), axis=axis)
for axis in (0, 1, -1):
    sample(np.linalg.cross, any_(3, 3), any_(3, 3), axis=axis)
    sample(np.linalg.vecdot, any_(3, 3), any_(3, 3), axis=axis)
for axes in (0, 1, 2, ([0], [1]), ([1, 0], [0, 1])):
    sample(np.linalg.tensordot, any_(3, 3), any_(3, 3), axes=axes)
for offset in (-1, 0, 1):
    sample(np.linalg.trace, any_(2, 2, 3), offset=offset)
    sample(np.linalg.diagonal, any_(2, 2, 3), offset=offset)
sample(np.linalg.outer, any_(3), any_(2))
sample(np.linalg.matmul, any_(2, 3, 4), any_(4, 2))
sample(np.linalg.matrix_transpose, any_(2, 3, 4))
sample(np.linalg.multi_dot, [any_(2, 3), any_(3, 4), any_(4, 2)])
sample(np.linalg.multi_dot, [any_(3), any_(3, 4), any_(4, 3), any_(3)])
sample(np.linalg.multi_dot, [any_(2, 5), any_(5, 1), any_(1, 4), any_(4, 2)])

for f in (np.linalg.inv, np.linalg.det, np.linalg.eigh, np.linalg.eig, np.linalg.eigvals, np.linalg.cholesky,
          np.linalg.matrix_transpose):  # fmt: skip
    wrong(f, any_(2, 3) if f is not np.linalg.matrix_transpose else any_(2))
wrong(np.linalg.inv, np.zeros((2, 2)))
wrong(np.linalg.solve, np.zeros((2, 2)), any_(2))
wrong(np.linalg.solve, square(2, 2), any_(3))
wrong(np.linalg.cholesky, -np.eye(2))
wrong(np.linalg.norm, any_(3), "fro")
wrong(np.linalg.norm, any_(2, 3, 4), 1)
wrong(np.linalg.norm, any_(2, 3), 3)
wrong(np.linalg.norm, any_(2, 3), axis=(0, 0))
wrong(np.linalg.lstsq, any_(2, 3), any_(3))
