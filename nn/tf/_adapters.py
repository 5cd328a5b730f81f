"""Functions whose arguments have other names, or another order, in TensorFlow than in numpy.

Every argument that TensorFlow takes as a tensor may be array-like. The result is a tensor. `name` is accepted and ignored.
"""

import functools

import numpy as np

import autodiff as ad
from nn.arguments import count, flag, one, wrong
from nn.arguments import function as function_of
from nn.arrays import near
from nn.settings import dtype_of
from nn.tf._arguments import T, plain, raw, tensors, whole, with_axes, within

FLOAT = np.dtype("float32")  # TensorFlow's default


def of_one(function):
    """numpy's `function` of one array, with TensorFlow's argument names."""

    @functools.wraps(function)
    def adapted(x, name=None):
        return function(T(x))

    return adapted


def of_two(function):
    """numpy's `function` of two arrays, with TensorFlow's argument names."""

    @functools.wraps(function)
    def adapted(x, y, name=None):
        return function(T(x), T(y))

    return adapted


def reduction(function):
    """numpy's `function` over axes, which may be a list in TensorFlow."""

    @functools.wraps(function)
    def adapted(input_tensor, axis=None, keepdims=False, name=None):
        return function(T(input_tensor), axis=plain(axis, "axis"), keepdims=flag("keepdims", keepdims))

    return adapted


def say_where_they_are(module, names):
    """The functions made here get the names of the module that has them, by which pickle finds them. The examples in their
    docstrings are of the functions that they adapt."""
    for name, function in names.items():
        if hasattr(function, "__wrapped__") and getattr(function, "__globals__", None) is globals():
            function.__module__, function.__qualname__ = module, name
            function.__doc__ = (function.__doc__ or "").partition("\n    Examples\n")[0].partition(">>>")[0].rstrip()


# -- making tensors --------------------------------------------------------------------------------------------------


def constant(value, dtype=None, shape=None, name=None):
    made = ad.constant(value, None if dtype is None else dtype_of(dtype), name)
    if shape is None:
        return made
    return ad.constant(np.full(plain(shape), made) if made.size == 1 else np.reshape(made.numpy(), plain(shape)), name=name)


def zeros(shape, dtype=FLOAT, name=None):
    return ad.constant(np.zeros(plain(shape), dtype_of(dtype)))


def ones(shape, dtype=FLOAT, name=None):
    return ad.constant(np.ones(plain(shape), dtype_of(dtype)))


def zeros_like(input, dtype=None, name=None):
    return ad.constant(np.zeros_like(raw(input), None if dtype is None else dtype_of(dtype)))


def ones_like(input, dtype=None, name=None):
    return ad.constant(np.ones_like(raw(input), None if dtype is None else dtype_of(dtype)))


def fill(dims, value, name=None):
    return ad.broadcast_to(T(value), plain(dims))


def eye(num_rows, num_columns=None, dtype=FLOAT, name=None):
    return ad.constant(np.eye(num_rows, num_columns, dtype=dtype_of(dtype)))


def range(start, limit=None, delta=1, dtype=None, name=None):
    start, limit = (0, start) if limit is None else (start, limit)
    return ad.constant(np.arange(raw(start)[()], raw(limit)[()], raw(delta)[()], dtype))


def linspace(start, stop, num, name=None, axis=0):
    return ad.convert_to_tensor(ad.linspace(start, stop, count("num", num, 0), axis=plain(axis, "axis")))


def one_hot(indices, depth, on_value=1, off_value=0, axis=-1, dtype=FLOAT, name=None):
    indices = raw(indices)
    hot = np.expand_dims(indices, -1) == near(indices, np.arange(count("depth", depth, 0)))
    return ad.constant(np.moveaxis(np.where(hot, on_value, off_value).astype(dtype_of(dtype)), -1, plain(axis, "axis")))


def identity(input, name=None):
    return T(input) + 0 if isinstance(input, ad.Variable) else T(input)


def is_tensor(x):
    return isinstance(x, (ad.Tensor, ad.Value))


# -- shapes and kinds ------------------------------------------------------------------------------------------------


def cast(x, dtype, name=None):
    return T(x, dtype_of(dtype))


def shape(input, out_type=np.int32, name=None):
    return ad.constant(np.shape(T(input)), out_type)


def rank(input, name=None):
    return ad.constant(np.ndim(T(input)), np.int32)


def size(input, out_type=np.int32, name=None):
    return ad.constant(np.size(T(input)), dtype_of(out_type))


def reshape(tensor, shape, name=None):
    return ad.reshape(T(tensor), plain(shape))


def transpose(a, perm=None, conjugate=False, name=None):
    return ad.transpose(T(a), plain(perm))


def expand_dims(input, axis, name=None):
    return ad.expand_dims(T(input), plain(axis, "axis"))


def squeeze(input, axis=None, name=None):
    return ad.squeeze(T(input), axis=plain(axis))


def concat(values, axis, name=None):
    return ad.concatenate(tensors("values", values), axis=plain(axis, "axis"))


def stack(values, axis=0, name=None):
    return ad.stack(tensors("values", values), axis=plain(axis, "axis"))


def unstack(value, num=None, axis=0, name=None):
    return list(np.moveaxis(T(value), plain(axis, "axis"), 0))


def split(value, num_or_size_splits, axis=0, num=None, name=None):
    value, sizes = T(value), plain(num_or_size_splits, "num_or_size_splits")
    axis = count("axis", axis, -np.ndim(value), np.ndim(value) - 1)
    if sizes == 0:
        raise wrong("num_or_size_splits", "a number of parts, or their sizes", num_or_size_splits)
    return list(np.split(value, sizes if isinstance(sizes, int) else np.cumsum(sizes)[:-1].tolist(), axis))


def tile(input, multiples, name=None):
    return np.tile(T(input), plain(multiples))


def repeat(input, repeats, axis=None, name=None):
    return np.repeat(T(input), plain(repeats, "repeats"), axis=plain(axis, "axis"))


def broadcast_to(input, shape, name=None):
    return ad.broadcast_to(T(input), plain(shape))


def reverse(tensor, axis, name=None):
    return ad.flip(T(tensor), plain(axis))


def roll(input, shift, axis, name=None):
    return ad.roll(T(input), plain(shift), axis=plain(axis))


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    extra = {"constant_values": constant_values} if one("mode", mode, "text", str).upper() == "CONSTANT" else {}
    return np.pad(T(tensor), whole(paddings, "paddings").tolist(), mode=mode.lower(), **extra)


def gather(params, indices, validate_indices=None, axis=None, name=None):
    params = with_axes("params", T(params), 1)
    axis = 0 if axis is None else count("axis", axis, -np.ndim(params), np.ndim(params) - 1)
    return ad.take(params, within("indices", indices, np.shape(params)[axis]), axis=axis)


def gather_nd(params, indices, name=None):
    params, rows = T(params), whole(indices, "indices")
    if not rows.ndim or rows.shape[-1] > np.ndim(params):
        raise wrong("indices", f"an array whose last axis is an index into params, of {np.ndim(params)} axes", indices)
    return params[tuple(within("indices", row, size) for row, size in zip(np.moveaxis(rows, -1, 0), np.shape(params)))]


def meshgrid(*args, indexing="xy", name=None):
    return list(np.meshgrid(*(T(x) for x in args), indexing=indexing))


def map_fn(fn, elems, name=None):
    """fn of each row, stacked."""
    function_of("fn", fn)
    return ad.stack([T(fn(row)) for row in tensors("elems", elems, "an array with rows")])


def vectorized_map(fn, elems, fallback_to_while_loop=True):
    """fn of each row, or of each structure of rows, stacked: all rows at once. What can't be done so is always looped over."""
    function_of("fn", fn)
    return ad.vmap(lambda row, _: fn(row), in_axes=(0, None))(elems, ad.constant(0.0))  # with a Tensor in, the results are some


def function(func=None, **options):
    """func itself. Here a function runs at each call as it is written."""
    return func or (lambda func: func)


def executing_eagerly():
    return True


def boolean_mask(tensor, mask, axis=None, name=None):
    tensor, mask, axis = T(tensor), raw(mask), 0 if axis is None else count("axis", axis, 0)
    if mask.dtype != bool or np.shape(tensor)[axis : axis + mask.ndim] != mask.shape or not mask.ndim:
        raise wrong("mask", f"an array of booleans, of the first axes of {np.shape(tensor)} from axis {axis} on", mask)
    return tensor[(slice(None),) * axis + (mask,)]


# -- choices: constants of derivative zero ---------------------------------------------------------------------------


def argmax(input, axis=None, output_type=np.int64, name=None):
    return ad.constant(np.argmax(raw(input), axis=plain(axis, "axis") or 0), output_type)  # TensorFlow's default is axis 0


def argmin(input, axis=None, output_type=np.int64, name=None):
    return ad.constant(np.argmin(raw(input), axis=plain(axis, "axis") or 0), output_type)


def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    values, axis = raw(values), plain(axis, "axis")
    return ad.constant(descending(values, axis) if direction == "DESCENDING" else np.argsort(values, axis, kind="stable"))


def descending(values, axis):
    """The indices that sort the numbers from the greatest to the least, equal ones in their order."""
    if values.dtype.kind == "f":
        return np.argsort(-values, axis, kind="stable")
    ascending = np.argsort(np.flip(values, axis), axis, kind="stable")  # of the negative ones, unsigned numbers would wrap
    return np.shape(values)[axis] - 1 - np.flip(ascending, axis)


def sort(values, axis=-1, direction="ASCENDING", name=None):
    axis = plain(axis, "axis")
    ordered = np.sort(T(values), axis)
    return np.flip(ordered, axis) if direction == "DESCENDING" else ordered
