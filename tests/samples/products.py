"""Samples: products."""

import numpy as np

import autodiff as ad
from samples.table import any_, sample, wrong

MATMUL_SHAPES = (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (2, 4, 2)), ((2, 3, 4), (4, 2)),
                 ((3, 4), (2, 4, 2)), ((4,), (2, 4, 2)), ((2, 3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)), ((1, 3, 4), (5, 4, 2)),
                 ((0, 4), (4, 2)), ((3, 0), (0, 2)))  # fmt: skip
for a, b in MATMUL_SHAPES:
    sample(np.matmul, any_(*a), any_(*b))
for a, b in (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (5, 4, 2)), ((), (3,)), ((3,), ()),
             ((2, 3, 4), (4,)), ((4,), (5, 4, 2)), ((2, 4), (5, 4, 2)), ((2, 3, 4), (4, 2)), ((), ())):  # fmt: skip
    sample(np.dot, any_(*a), any_(*b))
sample(np.outer, any_(3), any_(2))
sample(np.outer, any_(2, 2), any_(3))
for axes, a, b in ((0, (3, 4), (2,)), (1, (3, 4, 2), (2, 3)), (2, (3, 4, 2), (4, 2, 5)),
                   (([1, 0], [0, 1]), (3, 4, 2), (4, 3, 2)), (([0, 2], [1, 0]), (3, 4, 2), (2, 3, 5)),
                   ((-1, 0), (3, 4, 2), (2, 3)), ([[0, 1, 2], [2, 0, 1]], (3, 4, 2), (4, 2, 3)),
                   (((0, 2, 3), (2, 0, 1)), (2, 3, 4, 5), (4, 5, 2))):  # fmt: skip
    sample(np.tensordot, any_(*a), any_(*b), axes=axes)
for subscripts, *shapes in (
    ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ki", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->", (2, 3)),
    ("ij->j", (2, 3)), ("ji", (2, 3)), ("...ij,...jk", (2, 2, 3), (3, 2)), ("i,j,k->", (2,), (3,), (2,)),
    ("bij,bj->bi", (2, 3, 4), (2, 4)), ("iij,j", (3, 3, 2), (2,)), ("i,i", (3,), (3,)), ("...->...", (2, 3)),
    ("ij,ij->i", (2, 3), (2, 3)), ("i...,i->...", (3, 2), (3,)), ("iii->i", (3, 3, 3)), ("iii", (3, 3, 3)),
    ("iijj->ij", (2, 2, 3, 3)), ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)), ("i,j->ij", (2,), (3,)), ("ij,ij", (2, 3), (1, 3)),
    ("...i->...", (2, 3)), (" i j , j -> i ", (2, 3), (3,)), ("ij,kl->", (2, 3), (2, 2)), (",ij->ij", (), (2, 3)),
    ("b...,b...->b...", (2, 3, 2), (2, 3, 1)), ("ii,i->i", (3, 3), (3,)), ("iji->j", (2, 3, 2)),
):  # fmt: skip
    sample(np.einsum, subscripts, *(any_(*shape) for shape in shapes))
sample(np.einsum, any_(2, 3), [0, 1], any_(3, 2), [1, 2], [0, 2])
sample(np.einsum, any_(2, 3), [0, 1], any_(3, 2), [1, 2])
sample(np.einsum, "ij,jk,kl->il", any_(2, 3), any_(3, 2), any_(2, 4), optimize=True)

for f in (np.inner, np.kron):
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (4, 3)), ((), (3,)), ((2, 1, 3), (2, 3))):
        sample(f, any_(*a), any_(*b))
for f in (np.vdot, np.vecdot):
    sample(f, any_(4), any_(4))
    sample(f, any_(2, 3), any_(2, 3))
sample(np.vecdot, any_(3, 2), any_(3, 1), axis=0)
sample(ad.matvec, any_(2, 3, 4), any_(4))
sample(ad.vecmat, any_(2, 3), any_(3, 4))
for a, b in (((3,), (3,)), ((4, 3), (3,)), ((2, 1, 3), (4, 3))):
    sample(np.cross, any_(*a), any_(*b))
sample(np.cross, any_(3, 2), any_(3, 2), axis=0)
sample(np.cross, any_(3, 2), any_(2, 3), axisa=0, axisc=0)
for shapes in (((2, 3), (3, 4)), ((2, 9), (9, 2), (2, 5), (5, 3)), ((3,), (3, 2), (2,)), ((3,), (3, 2), (2, 4)), ((3,), (3,))):
    sample(np.linalg.multi_dot, [any_(*shape) for shape in shapes])
for n in (-2, 0, 1, 2, 5):
    sample(np.linalg.matrix_power, np.eye(3) + any_(2, 3, 3) / 3, n)

wrong(np.matmul, any_(2, 3), any_(2, 3))
wrong(np.matmul, any_(2, 3), any_())
wrong(np.dot, any_(3), any_(4))
wrong(np.tensordot, any_(2, 3), any_(2, 3), axes=1)
for subscripts in ("ij,jk", "ij,ij->k", "ij", "ij,i,j", "ij,ij->ii", "i.j,ij"):
    wrong(np.einsum, subscripts, any_(2, 3), any_(2, 3))
wrong(np.linalg.matrix_power, any_(2, 3), 2)
wrong(np.linalg.multi_dot, [any_(2, 3)])
