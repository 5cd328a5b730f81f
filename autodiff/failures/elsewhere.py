"""Names that numpy, PyTorch, TensorFlow, JAX and micrograd have, and that are not here: what to write instead.

The AttributeError of such a name says it. Where a name is added to the package, its line here goes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Final

RETURNED: Final = "gradients are returned, not kept: compute the loss in `with ad.Tape() as tape:`, then tape.gradient(loss, w)"
NOTHING_KEPT: Final = "a gradient is returned by tape.gradient and kept nowhere, so there is nothing to set to zero"
WHERE_IT_IS: Final = "an array stays where its library has it, and t.device says where: CuPy's arrays are on the GPU"
LEAVES: Final = "make it a Variable, ad.Variable(x), or ask for it with tape.watch(x)"
UNRECORDED: Final = "nothing is recorded outside of a tape; inside of one it is tape.stop_recording(), or ad.stop_gradient(x)"

OF_NUMPY: Final[dict[str, str]] = {  # what ndarray has and a Tensor has not
    "base": "a Tensor owns its numbers, or shares those of x.data",
    "byteswap": "use x.numpy().byteswap()",
    "ctypes": "use x.numpy().ctypes",
    "dump": "use np.save(file, x.numpy()), or pickle",
    "dumps": "use pickle.dumps(x)",
    "flags": "use x.numpy().flags; a Tensor can't be written into, but x.copy() can",
    "flat": "use np.ravel(x), and x.copy() to write into",
    "getfield": "use x.numpy().getfield(dtype)",
    "itemset": "write into a copy: y = x.copy(); y[i] = value",
    "newbyteorder": "use x.astype(dtype)",
    "ptp": "use np.ptp(x)",
    "resize": "use np.resize(x, shape), which makes a new array",
    "setfield": "write into a copy: y = x.copy(); y[i] = value",
    "setflags": "a Tensor can't be written into, but x.copy() can",
    "strides": "use x.numpy().strides",
    "to_device": WHERE_IT_IS,
    "tobytes": "use x.numpy().tobytes()",
    "tofile": "use x.numpy().tofile(file), or np.save(file, x.numpy())",
    "tostring": "use x.numpy().tobytes()",
    "view": "use x.reshape(shape) for another shape, x.astype(dtype) for another dtype, x.numpy().view(dtype) for its bytes",
}

FUNCTIONS: Final = (  # numpy's, which elsewhere are methods
    "abs arccos arcsin arctan arctanh ceil cos cosh exp expm1 floor log log10 log1p log2 maximum minimum outer sign sin "
    "sinh sqrt square tan tanh matmul flip roll tril triu isnan isinf isfinite hypot cross kron diff median"
)
OF_BOXES: Final[dict[str, str]] = {  # what a tensor or a value has elsewhere
    **{name: f"use np.{name}(x)" for name in FUNCTIONS.split()},
    **{name: f"use ad.{name}(x)" for name in ("relu", "sigmoid", "softmax", "log_softmax", "softplus", "erf", "logsumexp")},
    "add_": "use y = x + other, or v.assign_add(other) on a Variable",
    "at": "write into a copy: y = x.copy(); y[i] = value",
    "backward": RETURNED,
    "bool": "use x.astype(bool)",
    "clamp": "use np.clip(x, low, high)",
    "clone": "use x.copy()",
    "contiguous": "every Tensor is used as it is: leave it out",
    "copy_": "use v.assign(x) on a Variable",
    "cpu": f"{WHERE_IT_IS}: leave it out, or use x.numpy()",
    "cuda": WHERE_IT_IS,
    "detach": "use ad.stop_gradient(x), or x.numpy() for the plain array",
    "dim": "use x.ndim",
    "div_": "use y = x / other, or v.assign(v / other) on a Variable",
    "double": "use x.astype(np.float64)",
    "eval": "a Tensor has its numbers: use x.numpy()",
    "expand": "use np.broadcast_to(x, shape)",
    "fill_": "use v.assign(np.full_like(v, value)) on a Variable",
    "float": "use x.astype(np.float32), or float(x) for one number",
    "get_shape": "use x.shape",
    "grad": RETURNED,
    "grad_fn": "ad.draw(x) and ad.show(x) show how x was computed",
    "half": "use x.astype(np.float16)",
    "int": "use x.astype(np.int32), or int(x) for one number",
    "is_leaf": "tape.watched_variables() lists the leaves",
    "long": "use x.astype(np.int64)",
    "masked_fill": "use np.where(mask, value, x)",
    "mm": "use x @ other",
    "mul_": "use y = x * other, or v.assign(v * other) on a Variable",
    "norm": "use np.linalg.norm(x)",
    "numel": "use x.size",
    "permute": "use np.transpose(x, axes)",
    "pow": "use x ** p",
    "register_hook": "an ad.Recorder hears each gradient in on_edge",
    "requires_grad": LEAVES,
    "requires_grad_": LEAVES,
    "retain_grad": "ask for it: tape.gradient(loss, x) is there for any x of the block",
    "set_shape": "a shape is fixed: use x.reshape(shape)",
    "sub_": "use y = x - other, or v.assign_sub(other) on a Variable",
    "t": "use x.T",
    "to": f"{WHERE_IT_IS}; for another dtype use x.astype(dtype)",
    "type": "use x.dtype, and x.astype(dtype)",
    "unsqueeze": "use np.expand_dims(x, axis), or x[:, None]",
    "view_as": "use x.reshape(other.shape)",
    "zero_": "use v.assign(np.zeros_like(v)) on a Variable",
    "zero_grad": NOTHING_KEPT,
}

OF_TAPES: Final[dict[str, str]] = {
    "backward": "use tape.gradient(loss, sources), which returns the gradients",
    "derivative": "use tape.gradient(target, sources)",
    "grad": "use tape.gradient(target, sources)",
    "gradients": "use tape.gradient(target, sources), with a list of sources",
    "hessian": "use ad.hessian(function), or a tape in a tape",
    "jvp": "use ad.jvp(function, primals, tangents), or an ad.ForwardAccumulator",
    "no_grad": UNRECORDED,
    "record": "a tape records what happens in its block: with ad.Tape() as tape:",
    "stop": "a tape records as long as its block is open; tape.stop_recording() is a block in which it does not",
    "zero_grad": NOTHING_KEPT,
}

OF_PACKAGE: Final[dict[str, str]] = {
    "Module": "layers and models are in nn: import nn; nn.Model",
    "Parameter": "use ad.Variable(x)",
    "as_tensor": "use ad.convert_to_tensor(x)",
    "autograd": "the functions are here: ad.Tape, ad.grad, ad.jacobian",
    "backward": "use tape.gradient(loss, sources), or ad.grad(function)",
    "bmm": "use ad.matmul(a, b), or a @ b",
    "cast": "use x.astype(dtype)",
    "cat": "use ad.concatenate(arrays)",
    "checkpoint": "a tape lets go of large arrays that no rule reads, by itself",
    "clamp": "use ad.clip(x, low, high)",
    "concat": "use ad.concatenate(arrays)",
    "config": "there is nothing to set; nn.set_floatx sets the dtype of layers",
    "cross_entropy": "losses are in nn: import nn; nn.losses.SparseCategoricalCrossentropy(from_logits=True)",
    "cuda": WHERE_IT_IS,
    "detach": "use ad.stop_gradient(x)",
    "device": WHERE_IT_IS,
    "elementwise_grad": "use ad.grad(lambda x: np.sum(f(x))), which is it for an elementwise f",
    "enable_grad": "a tape records in its block: with ad.Tape() as tape:",
    "from_numpy": "use ad.constant(array), or ad.Variable(array) to train it; np functions take arrays as they are too",
    "gradient": "numpy's finite difference is np.gradient; a gradient is tape.gradient(target, sources) or ad.grad(function)",
    "gradients": "use tape.gradient(target, sources) or ad.grad(function)",
    "grad_and_aux": "use ad.value_and_grad(function, has_aux=True)",
    "hessian_vector_product": "use ad.hvp(function, x, v)",
    "jacfwd": "use ad.jacobian(function)",
    "jacrev": "use ad.jacobian(function)",
    "jit": "use ad.function(f), which records f once and replays it",
    "keras": "layers and models are in nn, by Keras's names: import nn, or import nn.tf as tf",
    "lax": "use Python's own if, for and while; ad.cond is for ad.function",
    "make_vjp": "use ad.vjp(function, x)",
    "manual_seed": "use np.random.default_rng(seed), and nn.set_random_seed(seed) for layers",
    "mm": "use ad.matmul(a, b), or a @ b",
    "multiply_no_nan": "use ad.where(y == 0, 0.0, x * y)",
    "nn": "it is a package of its own: import nn",
    "no_grad": UNRECORDED,
    "numpy": "numpy's own functions take Tensors, Variables and Values: import numpy as np",
    "optim": "optimizers are in nn: import nn; nn.optimizers.Adam(0.01)",
    "permute": "use ad.transpose(x, axes)",
    "pmap": "there is one process; ad.vmap(function) takes a batch",
    "pow": "use ad.power(x, p), or x ** p",
    "rand": "use np.random.default_rng().random(shape)",
    "randn": "use np.random.default_rng().normal(size=shape)",
    "random": "use np.random.default_rng(seed)",
    "reduce_all": "use np.all(x, axis)",
    "reduce_any": "use np.any(x, axis)",
    "scan": "use Python's own for",
    "set_grad_enabled": UNRECORDED,
    "tensor": "use ad.constant(x), or ad.Variable(x) for what is trained; numpy's arrays are taken as they are too",
    "tree_map": "use ad.nest.map_structure(function, structure)",
    "unsqueeze": "use ad.expand_dims(x, axis)",
    **{f"reduce_{name}": f"use ad.{name}(x, axis)" for name in ("max", "mean", "min", "prod", "sum")},
}  # fmt: skip


class Lacking:
    """Stands where other libraries have a name: AttributeError, with what to use. (`hasattr` is False.)"""

    def __init__(self, name: str, way: str, like: str = "") -> None:
        self.name, self.way, self.like = name, way, like

    def __get__(self, box: object, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__} has no {self.name!r}{self.like}: {self.way}.")


def lack(kind: type, names: Mapping[str, str], like: str = "") -> None:
    """Let a class say what to use in place of those of the names that it has not. `dir` does not list them."""
    for name, way in names.items():
        if not any(name in vars(base) for base in kind.__mro__):
            setattr(kind, name, Lacking(name, way, like))
    kind.__dir__ = listed  # type: ignore[assignment]


def listed(box: object) -> list[str]:
    """What `dir` lists."""
    lacked = {name for base in type(box).__mro__ for name, x in vars(base).items() if isinstance(x, Lacking)}
    return [name for name in object.__dir__(box) if name not in lacked]


def lacking(module: str, name: str, known: Iterable[str], elsewhere: Mapping[str, str], library: ModuleType) -> Exception:
    """The error of a module that has no such name: what to use, in another library too, or similar names. An ImportError for
    `from module import name`, where Python would say nothing of it."""
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    import difflib  # only now: they take milliseconds
    import dis

    told = elsewhere.get(name) or (f"use {library.__name__}.{name}" if hasattr(library, name) else "")
    if not told:
        near = difflib.get_close_matches(name, [other for other in known if not other.startswith("_")], n=3, cutoff=0.7)
        told = f"did you mean {' or '.join(near)}?" if near else ""
    frame = sys._getframe(2)
    asked_by_import = frame.f_lasti >= 0 and dis.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"
    end = "" if told.endswith("?") else "."
    message = f"module {module!r} has no attribute {name!r}" + (f"; {told}{end}" if told else ".")
    return (ImportError if asked_by_import and told else AttributeError)(message)
