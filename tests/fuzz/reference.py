"""What numpy is asked: the same function, method or operator of plain arrays."""

import operator

import numpy as np

import autodiff as ad

BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "pow": operator.pow,
    "mod": operator.mod,
    "floordiv": operator.floordiv,
    "divmod": divmod,
    "matmul": operator.matmul,
    "eq": operator.eq,
    "lt": operator.lt,
    "getitem": operator.getitem,
}
IN_PLACE = {"fill", "partition", "put", "sort"}  # a Tensor refuses them
METHODS = {name for name in dir(np.ndarray) if not name.startswith("_") and hasattr(ad.Tensor, name)} - IN_PLACE
OUTSIDE_NUMPY = {"of itself with a box", "objects"}  # arrays and lists that numpy would compute on by calling ours


def numpys_own(text, function, objects):
    """numpy's function of this name, its method, or its operator; None if it has none."""
    root, _, name = text.rpartition(".")
    if root in ("ad", "ad.linalg"):
        numpys = getattr(function, "__wrapped__", None)
        of_numpy = isinstance(numpys, np.ufunc) or getattr(numpys, "__module__", "").startswith("numpy")
        return numpys if of_numpy else None
    if root not in ("Tensor", "Variable", "MutableTensor", "Value"):
        return None
    array = np.float64(2.0) if root == "Value" else np.array(raw(objects[root]()))
    if root == "Value" and name == "__eq__":  # of a list it is False, as of a Python float
        return None
    return operation(array, name) or (getattr(array, name) if name in METHODS else None)


def operation(x, method):
    """The operator of an object that a method such as __radd__ is of; None for other methods."""
    if not method.startswith("__"):
        return None
    name = method.strip("_")
    if name in BINARY:
        return lambda *others: BINARY[name](x, *others)
    act = BINARY.get(name.removeprefix("r"))
    return None if act is None else lambda other: act(other, x)


def stripped(x):
    """The same without boxes. A Value counts as an array without axes."""
    if isinstance(x, (list, tuple)) and any(isinstance(part, (ad.Value, ad.Tensor)) for part in x):
        return type(x)([stripped(part) for part in x])
    return {key: stripped(part) for key, part in x.items()} if isinstance(x, dict) and "w" in x else raw(x)


def raw(x):
    """The data of a box, copied."""
    return np.array(x._raw()) if isinstance(x, (ad.Value, ad.Tensor)) else x
