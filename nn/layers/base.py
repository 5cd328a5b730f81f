"""Layer: a function with variables. The variables are made when the shape of its input is known."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeAlias

import numpy as np

import autodiff as ad
from nn import arguments, initializers, lookup, regularizers, reprs, settings
from nn.arguments import NotReadyError, flag, items, one
from nn.layers.assignment import assign_all
from nn.typing import Array, ArrayLike, DType, Function, Shape, Variable


class Layer:
    """A function with variables. Subclasses make the variables in `build(input_shape)`, and compute in `call(x)`, or in
    `call(x, training=False)` if the result depends on whether the layer is in training.

    name: by default that of the class, in lower case. dtype: that of the variables, by default `nn.floatx()`; inputs are cast
    to it. input_shape: that of one example, for the first layer of a Sequential, which is then built at once. Variables are
    found in the layer's attributes, and in lists and dicts in them.

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(input_shape[-1:], "ones", name="factor")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> scale = Scale()
    >>> scale([[2.0, 3.0]]).tolist(), scale.count_params()
    ([[2.0, 3.0]], 2)
    """

    built = False  # whether the variables exist
    output_shape: Shape | None = None  # of the first call, with None for the batch
    _trainable = True
    _takes_training = False
    _path_names: dict[Any, str] = {}  # {attribute: its name in a path}, where `walk` shows another name than the attribute's

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Initialize the layer with the defaults, so that a subclass works even if its __init__ forgets `super().__init__()`.

        Keras raises an error in that case. Here nothing is missing: the layer has the default name, dtype and options, and an
        __init__ that does call `super().__init__(...)` sets them again.
        """
        self = super().__new__(cls)
        Layer.__init__(self)
        return self

    def __init__(self, name: str | None = None, dtype: DType = None, trainable: bool = True,
                 input_shape: int | Shape | None = None, **others: Any) -> None:  # fmt: skip
        for option in others:
            known = [inspect.signature(kind.__init__).parameters for kind in type(self).__mro__]  # type: ignore[misc]
            lookup.one_of(f"option of {type(self).__name__}", option, set().union(*known) - {"self", "options", "others"})
        self._auto_named = name is None
        self.name: str = lookup.name_of(self, name)
        self.dtype: np.dtype[Any] = settings.floatx() if dtype is None else settings.floating(dtype)
        self._trainable = flag("trainable", trainable)
        one_example = () if input_shape is None else arguments.shape("input_shape", input_shape)
        self.input_shape: tuple[int | None, ...] | None = None if input_shape is None else (None, *one_example)
        self._penalties: list[Function] = []  # functions without arguments, one for each regularizer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read once for each class what every call needs: whether `call` takes `training`.

        `build` is wrapped so that it sets `built`: a `build` that forgets `super().build(input_shape)` would otherwise make
        its variables again at every call.
        """
        super().__init_subclass__(**kwargs)
        cls._takes_training = "training" in inspect.signature(cls.call).parameters
        if "build" in vars(cls):
            cls.build = mark_built(cls.build)  # type: ignore[method-assign]

    def __getattr__(self, name: str) -> Any:
        """Called for an attribute that is not there. Before the layer is built this may be one that `build` makes."""
        if self.built or name.startswith("_") or hasattr(type(self), name):
            return object.__getattribute__(self, name)  # which raises Python's own error
        raise NotReadyError(f"{self.name} is not built, so it has no {name} yet: call it on a batch, or build(input_shape).")

    # -- what subclasses say -----------------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make the variables for inputs of this shape."""
        self.built = True

    def call(self, *inputs: Any, **options: Any) -> Any:
        """Compute the outputs. Subclasses take `x`, or several inputs, and `training` if they need it."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it computes: define call(self, x).")

    def add_weight(self, shape: Sequence[int], initializer: str | Function = "glorot_uniform",
                   regularizer: str | Function | None = None, trainable: bool = True,
                   name: str | None = None) -> ad.Variable:  # fmt: skip
        """A new Variable of this layer. The caller keeps it in an attribute."""
        data = initializers.get(initializer)(arguments.shape("shape", shape, unknown=False), self.dtype)
        name = "weight" if name is None else one("name", name, "text", str)
        v = ad.Variable(data, flag("trainable", trainable), f"{self.name}/{name}")
        penalty = regularizers.get(regularizer)
        if penalty is not None:
            self._penalties.append(functools.partial(penalty, v))
        return v

    # -- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, *inputs: Any, training: bool | None = None) -> Any:
        if training is not None:
            with settings.training(training):
                return self(*inputs)
        inputs = tuple([self.cast(x) for x in inputs])
        if not self.built:
            return self._first(inputs)
        return self.call(*inputs, training=settings.is_training()) if self._takes_training else self.call(*inputs)

    def _first(self, inputs: Sequence[Array]) -> Any:
        """The first call: build, compute, and keep the shapes. If it fails, nothing has changed."""
        with rollback_on_error(self):
            self.begin(*[x.shape for x in inputs])
            if not self._trainable:
                self.trainable = False
            y = self(*inputs)
        self.input_shape, self.output_shape = (None, *np.shape(inputs[0])[1:]), (None, *np.shape(y)[1:])
        return y

    def begin(self, *input_shapes: Shape) -> None:
        """Build before the first call."""
        self.build(*input_shapes)

    def cast(self, x: Any) -> Any:
        """x as an array or Tensor of this layer's dtype."""
        if type(x) is not np.ndarray and not isinstance(x, ad.Tensor):
            x = ad.convert_to_tensor(x)
        if x.dtype == self.dtype or isinstance(x, ad.Value):
            return x
        if x.dtype.kind not in "fiub":
            raise ValueError(f"{self.name} computes with numbers, but got {x.dtype} of shape {x.shape}.")
        return x.astype(self.dtype)

    @contextmanager
    def in_float64(self) -> Iterator[None]:
        """Inside this block the layer, and all layers inside it, compute in float64, on copies of their variables."""
        layers = [layer for _, layer in walk(self, Layer)]
        dtypes = [layer.dtype for layer in layers]
        with ad.float64_copies([v for _, v in walk(self, ad.Variable)]):
            try:
                for layer in layers:
                    layer.dtype = np.dtype(np.float64)
                yield
            finally:
                for layer, dtype in zip(layers, dtypes):
                    layer.dtype = dtype

    # -- variables ---------------------------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """Every Variable (and Value) of this layer and those inside it, in order of definition."""
        return [v for _, v in walk(self, VARIABLE)]

    @property
    def trainable_variables(self) -> list[Variable]:
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        return [v for v in self.variables if not v.trainable]

    weights = variables
    trainable_weights = trainable_variables

    @property
    def losses(self) -> list[Any]:
        """The penalties of the regularizers of this layer and those inside it, as a list of scalars."""
        return [penalty() for penalty in self._all_penalties()]

    def _all_penalties(self) -> list[Function]:
        """The functions that compute the penalties, of this layer and those inside it."""
        return [penalty for _, layer in walk(self, Layer) for penalty in layer._penalties]

    @property
    def trainable(self) -> bool:
        """Whether training changes this layer. Setting it also sets it for every layer inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, on: bool) -> None:
        on = flag("trainable", on)
        for _, layer in walk(self, Layer):
            layer._trainable = on
            frozen = layer.__dict__.setdefault("_frozen", set())  # the paths of variables that training would change
            for path, v in walk(layer, VARIABLE, deep=False):
                if not on and v.trainable:
                    frozen.add(path)
                if path in frozen:
                    v.trainable = on

    def get_weights(self) -> list[np.ndarray]:
        """The numbers of the variables: a list of arrays."""
        return [np.array(v.numpy()) for v in self.variables]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Assign arrays in the order of `get_weights`. Raises ValueError, and assigns none, if shapes differ."""
        variables, arrays = self.variables, [np.asarray(w) for w in items("weights", weights, "a list of arrays")]
        have, given = [v.shape for v in variables], [a.shape for a in arrays]
        if have != given:
            hint = "" if self.built else " (it is not built yet: call it on a batch first)"
            raise ValueError(f"{self.name} has variables of shapes {have}{hint}, but the weights have {given}.")
        assign_all(zip(variables, arrays))

    def count_params(self) -> int:
        """How many numbers the variables hold. Raises ValueError before the layer is built."""
        if not self.built:
            raise ValueError(f"{self.name} is not built, so its size is unknown: call it on a batch, or build(input_shape).")
        return sum(v.size for v in self.variables)

    def __repr__(self) -> str:
        return f"<{reprs.described(self, reprs.counted(self.variables), 'not built' * (not self.built))}>"


VARIABLE = (ad.Variable, ad.Value)
DEEPEST = 100
WALKED = (Layer, list, tuple, dict, *VARIABLE)


def walk(tree: Any, kind: Any, deep: bool = True, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Yield (path, x) for everything of this kind inside layers, lists, tuples and dicts, once each, in order of definition.

    A path, such as "layers.0.kernel", says where x is. Not `deep`: the layers inside `tree` are yielded but not entered.
    """
    seen = set() if seen is None else seen
    if id(tree) in seen or not isinstance(tree, WALKED):
        return
    seen.add(id(tree))
    if path.count(".") > DEEPEST:
        raise ValueError(f"Layers, lists and dicts are nested more than {DEEPEST} levels deep: {path[:40]} ... Nest them less.")
    if isinstance(tree, kind):
        yield path, tree
    if isinstance(tree, VARIABLE) or (path and not deep and isinstance(tree, Layer)):
        return
    branches: Any = vars(tree) if isinstance(tree, Layer) else tree
    names: dict[Any, str] = tree._path_names if isinstance(tree, Layer) else {}
    for name, branch in branches.items() if isinstance(branches, dict) else enumerate(branches):
        if isinstance(branch, WALKED):  # asked here too: most attributes are numbers, and a training step walks thirty times
            step = names.get(name, name)
            yield from walk(branch, kind, deep, f"{path}.{step}" if path else f"{step}", seen)


def mark_built(build: Function) -> Function:
    """`build`, followed by marking its layer as built. If it fails, nothing has changed."""

    @functools.wraps(build)
    def marking(self: Layer, *args: Any, **kwargs: Any) -> None:
        with rollback_on_error(self):
            build(self, *args, **kwargs)
            self.built = True

    return marking


State: TypeAlias = list[tuple[Layer, dict[str, Any]]]  # layers, and the attributes that they had


def snapshot(*layers: Layer) -> tuple[State, Function]:
    """The state of these layers and of those inside them, and a function that gives it back to them, with what their random
    generators and that of nn are about to draw."""
    before = [
        (inner, {name: x.copy() if isinstance(x, (list, dict)) else x for name, x in vars(inner).items()})
        for _, inner in walk(layers, Layer)
    ]
    own = [x for _, state in before for x in state.values() if isinstance(x, np.random.Generator)]
    streams = [(stream, stream.bit_generator.state) for stream in (settings.generator(), *own)]

    def restore() -> None:
        for stream, drawn in streams:
            stream.bit_generator.state = drawn
        for inner, state in before:
            vars(inner).clear()
            vars(inner).update(state)

    return before, restore


@contextmanager
def rollback_on_error(*layers: Layer) -> Iterator[State]:
    """If this block fails, the layers, those inside them and their random generators get back the state they had before."""
    before, restore = snapshot(*layers)
    try:
        yield before
    except BaseException:
        restore()
        raise
