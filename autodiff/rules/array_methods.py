"""ndarray's methods, as Tensor and Variable have them: by numpy's names, with numpy's keywords.

Each line says which function the method is: its rule, its keywords and its errors are those of the function.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autodiff.core.box import Array
from autodiff.core.native import mypyc_attr
from autodiff.failures.elsewhere import OF_NUMPY, lack
from autodiff.rules import arithmetic, elementary, indexing, joining, methods, products, reductions, shapes, sorting
from autodiff.rules.methods import Method, attribute, in_place, method

assert arithmetic and elementary and indexing and joining and products and reductions and shapes and sorting  # registered
LEFT_SHIFT: Any = np.left_shift
RIGHT_SHIFT: Any = np.right_shift


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class ArrayMethods(Array):
    """The part of a Tensor that is numpy's functions under the names of ndarray's methods."""

    __slots__ = ()

    # reductions
    all: ClassVar[Method] = method(np.all)
    any: ClassVar[Method] = method(np.any)
    argmax: ClassVar[Method] = method(np.argmax)
    argmin: ClassVar[Method] = method(np.argmin)
    cumprod: ClassVar[Method] = method(np.cumprod)
    cumsum: ClassVar[Method] = method(np.cumsum)
    max: ClassVar[Method] = method(np.max)
    mean: ClassVar[Method] = method(np.mean)
    min: ClassVar[Method] = method(np.min)
    prod: ClassVar[Method] = method(np.prod)
    std: ClassVar[Method] = method(np.std)
    sum: ClassVar[Method] = method(np.sum)
    trace: ClassVar[Method] = method(np.trace)
    var: ClassVar[Method] = method(np.var)

    # elements
    choose: ClassVar[Method] = method(np.choose)
    compress: ClassVar[Method] = method(np.compress, place=1)
    diagonal: ClassVar[Method] = method(np.diagonal)
    nonzero: ClassVar[Method] = method(np.nonzero)
    repeat: ClassVar[Method] = method(np.repeat)
    searchsorted: ClassVar[Method] = method(np.searchsorted)
    take: ClassVar[Method] = method(np.take)

    # order
    argpartition: ClassVar[Method] = method(np.argpartition)
    argsort: ClassVar[Method] = method(np.argsort)

    # numbers
    clip: ClassVar[Method] = method(np.clip)
    conj: ClassVar[Method] = method(np.conjugate)
    conjugate: ClassVar[Method] = method(np.conjugate)
    dot: ClassVar[Method] = method(np.dot)
    imag: ClassVar[Any] = attribute(np.imag)
    real: ClassVar[Any] = attribute(np.real)
    round: ClassVar[Method] = method(np.round)

    # shape and kind
    T: ClassVar[Any] = attribute(np.transpose)
    mT: ClassVar[Any] = attribute(np.matrix_transpose)
    astype: ClassVar[Method] = methods.astype
    copy: ClassVar[Method] = methods.copy
    flatten: ClassVar[Method] = methods.flatten
    ravel: ClassVar[Method] = method(np.ravel)
    reshape: ClassVar[Method] = methods.reshape
    squeeze: ClassVar[Method] = method(np.squeeze)
    swapaxes: ClassVar[Method] = method(np.swapaxes)
    transpose: ClassVar[Method] = methods.transpose

    # in place, where a box can be written into
    fill: ClassVar[Method] = methods.fill
    partition: ClassVar[Method] = in_place(np.partition)
    put: ClassVar[Method] = methods.put
    sort: ClassVar[Method] = in_place(np.sort)

    # Python's
    __round__: ClassVar[Any] = methods.rounded
    __trunc__: ClassVar[Any] = methods.truncated

    def __lshift__(self, other: Any) -> Any:
        return LEFT_SHIFT(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return LEFT_SHIFT(other, self)

    def __rshift__(self, other: Any) -> Any:
        return RIGHT_SHIFT(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return RIGHT_SHIFT(other, self)


lack(ArrayMethods, OF_NUMPY, " as an array of numpy has")
