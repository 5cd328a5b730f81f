"""Layer: a function with variables. The variables are made when the shape of its input is known."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from weakref import WeakSet

import numpy as np

import autodiff as ad
from autodiff import nest
from nn import arguments, initializers, lookup, regularizers, reprs, settings
from nn.arguments import NotReadyError, each, flag, is_structure, items, wrong
from nn.arrays import is_external
from nn.layers.assignment import assign_all
from nn.layers.carrying import carried
from nn.layers.configured import Configured
from nn.layers.tree import VARIABLE, Tree, mark_built, rollback_on_error, walk
from nn.masks import MASKS, hand_on
from nn.symbols import Symbol, Symbolic, written
from nn.typing import ArrayLike, DType, Function, Shape


class Layer(Configured, Tree):
    """A function with variables. Subclasses make the variables in `build(input_shape)`, and compute in `call(x)`, or in
    `call(x, training=False)` if the result depends on whether the layer is in training.

    name: by default that of the class, in lower case. dtype: that of the variables, by default `nn.floatx()`; inputs are cast
    to it. input_shape: that of one example, for the first layer of a Sequential, which is then built at once.
    activity_regularizer: a regularizer of the output, of which the mean over the examples is added to the loss. Variables are
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
    _keeps_integers = False  # they may be indices of an Embedding inside it
    _added: Sequence[Any] = ()
    _built_for: int | None = 1  # the shapes of so many inputs does `build` take; None of all
    supports_masking: bool | None = False  # whether its output has the steps of its input; None: its layers see to that
    _makes_mask = False  # where its input has none
    _mask_names: tuple[str, ...] = ()  # for each input, the argument of `call` that takes its mask
    _options: frozenset[str] = frozenset()  # the names of the arguments of `call`

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Initialize the layer with the defaults, so that a subclass works even if its __init__ forgets `super().__init__()`.

        Keras raises an error in that case. Here nothing is missing: the layer has the default name, dtype and options, and an
        __init__ that does call `super().__init__(...)` sets them again.
        """
        self = super().__new__(cls)
        Layer.__init__(self)
        return self

    def __init__(self, name: str | None = None, dtype: DType = None, trainable: bool = True,
                 input_shape: int | Shape | None = None, activity_regularizer: str | Function | None = None,
                 **others: Any) -> None:  # fmt: skip
        for option in others:
            known = [inspect.signature(kind.__init__).parameters for kind in type(self).__mro__]  # type: ignore[misc]
            lookup.one_of(f"option of {type(self).__name__}", option, set().union(*known) - {"self", "options", "others"})
        self._auto_named = name is None
        self.name: str = lookup.name_of(self, name)
        self.dtype: np.dtype[Any] = settings.floatx() if dtype is None else settings.floating(dtype)
        self._trainable = flag("trainable", trainable)
        one_example = () if input_shape is None else arguments.shape("input_shape", input_shape)
        self.input_shape: tuple[int | None, ...] | None = None if input_shape is None else (None, *one_example)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._penalties: list[Function] = []  # functions without arguments, one for each regularizer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read once for each class what every call needs: whether `call` takes `training`.

        `build` is wrapped so that it sets `built`: a `build` that forgets `super().build(input_shape)` would otherwise make
        its variables again at every call.
        """
        super().__init_subclass__(**kwargs)
        arguments_of = [*inspect.signature(cls.call).parameters][1:]
        cls._options = frozenset(arguments_of)
        cls._takes_training = "training" in cls._options
        cls._mask_names = ("mask",) if "mask" in cls._options else tuple([f"{name}_mask" for name in arguments_of])
        if "compute_mask" in vars(cls):
            cls.supports_masking = cls._makes_mask = True
        if "build" in vars(cls):
            kinds = [parameter.kind for parameter in inspect.signature(cls.build).parameters.values()]
            cls._built_for = None if inspect.Parameter.VAR_POSITIONAL in kinds else len(kinds) - 1
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

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """The mask of the output for an input x and its mask: True for the steps that are there. Subclasses that make a mask,
        or change it, override this; others that set `supports_masking` hand it on."""
        return mask

    def add_weight(self, shape_or_name: Sequence[int] | str = (), initializer: Any = "glorot_uniform",
                   regularizer: str | Function | None = None, trainable: bool = True, name: str | None = None, *,
                   shape: Sequence[int] | None = None) -> ad.Variable:  # fmt: skip
        """A new Variable of this layer, which the caller keeps in an attribute. The shape stands first, as in Keras 3, or the
        name and then the shape, as in Keras 2: add_weight((3, 2), "zeros"), add_weight("kernel", shape=(3, 2))."""
        data, name = initializers.first_numbers(shape_or_name, initializer, name, shape, self.dtype, "glorot_uniform")
        v = ad.Variable(data, flag("trainable", trainable), f"{self.name}/{'weight' if name is None else name}")
        penalty = regularizers.get(regularizer)
        if penalty is not None:
            self._penalties.append(functools.partial(penalty, v))
        return v

    # -- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, *inputs: Any, training: bool | None = None, **options: Any) -> Any:
        """Compute the outputs of a batch: of one array, or of several in lists, tuples and dicts. Options are handed to `call`
        as they are."""
        if ADDED and not settings.inside_a_call.get():
            self.forget_losses()
            with settings.held_at(settings.inside_a_call, True):
                return self(*inputs, training=training, **options)
        if training is not None:
            with settings.training(training):
                return self(*inputs, **options)
        with ad.name_scope(self):
            return carried(self, inputs, options) if MASKS or self._makes_mask else self._compute(inputs, options)

    def _compute(self, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
        """Build the layer if need be, and call it on arrays of its dtype; or write down the call on symbols."""
        try:
            cast = tuple([self.cast(x) for x in inputs])
        except Symbolic:
            cast = None
        if MASKS and cast is not None:
            hand_on(inputs, cast)
        if cast is None:
            y = written(self, inputs, options)
            if "output" not in vars(self):
                self.input, self.output = inputs[0] if len(inputs) == 1 else list(inputs), y  # of the first call, as in Keras
            self.input_shape, self.output_shape = each(of_any_batch, inputs[0]), each(of_any_batch, y)
            return y
        inputs = cast
        if not self.built:
            return self._first(inputs, options)
        if self._takes_training:
            options["training"] = settings.is_training()
        y = self.call(*inputs, **options)
        if self.activity_regularizer is not None:
            for part in nest.flatten(y):
                self.add_loss(self.activity_regularizer(part) / len(part))
        return y

    def _first(self, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
        """The first call: build, compute, and keep the shapes. If it fails, nothing has changed."""
        with rollback_on_error(self), settings.beside(nest.flatten(inputs)):
            self.begin(*[each(np.shape, x) for x in inputs])
            if not self._trainable:
                self.trainable = False
            y = self._compute(inputs, options)
        self.input_shape, self.output_shape = each(of_any_batch, inputs[0]) if inputs else (), each(of_any_batch, y)
        return y

    def begin(self, *input_shapes: Shape) -> None:
        """Build before the first call, for as many of the inputs as `build` asks for."""
        self.build(*input_shapes[: self._built_for])

    def cast(self, x: Any) -> Any:
        """x as an array or Tensor of this layer's dtype; several arrays each."""
        if type(x) is np.ndarray:
            x = settings.sent(x)
        elif not isinstance(x, ad.Tensor):
            if isinstance(x, Symbol):
                raise Symbolic
            if x is None or is_structure(x):
                return self.cast_several(x)
            x = ad.Tensor(x) if is_external(x) else ad.convert_to_tensor(x)
        if x.dtype == self.dtype or isinstance(x, ad.Value) or (self._keeps_integers and x.dtype.kind in "iub"):
            return x
        if x.dtype.kind not in "fiub":
            raise ValueError(f"{self.name} computes with numbers, but got {x.dtype} of shape {x.shape}.")
        return x.astype(self.dtype)

    def cast_several(self, x: Any) -> Any:
        """Each of several arrays; None stays None."""
        return each(self.cast, x)

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
    def losses(self) -> list[Any]:
        """The penalties of the regularizers of this layer and those inside it, as a list of scalars, and what their calls have
        added by `add_loss`."""
        return [*[penalty() for penalty in self._all_penalties()], *self._added_losses()]

    def add_loss(self, loss: Any) -> None:
        """Add a number to the loss of the model, from within `call`. The next call of the model begins without it."""
        ADDED.add(type(self))
        self._added = [*self._added, loss]

    def _added_losses(self) -> list[Any]:
        return [loss for _, layer in walk(self, Layer) for loss in layer._added] if ADDED else []

    def forget_losses(self) -> None:
        for _, layer in walk(self, Layer):
            if layer._added:
                layer._added = ()

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

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Assign arrays in the order of `get_weights`. Raises ValueError, and assigns none, if shapes differ."""
        given = items("weights", weights, "a list of arrays")
        variables, arrays = self.variables, [w if is_external(w) else np.asarray(w) for w in given]
        have, shapes = [v.shape for v in variables], [a.shape for a in arrays]
        if have != shapes:
            hint = "" if self.built else " (it is not built yet: call it on a batch first)"
            raise ValueError(f"{self.name} has variables of shapes {have}{hint}, but the weights have {shapes}.")
        assign_all(zip(variables, arrays))

    def count_params(self) -> int:
        """How many numbers the variables hold. Raises ValueError before the layer is built."""
        if not self.built:
            raise ValueError(f"{self.name} is not built, so its size is unknown: call it on a batch, or build(input_shape).")
        return sum(v.size for v in self.variables)

    def __repr__(self) -> str:
        return f"<{reprs.described(self, reprs.counted(self.variables), 'not built' * (not self.built))}>"


ADDED: WeakSet[type[Layer]] = WeakSet()  # the kinds of layers that have added a loss: without any, calls look for none


class ArrayLayer(Layer):
    """A layer of one array."""

    def cast_several(self, x: Any) -> Any:
        raise wrong(f"The input of {self.name}", "one array of numbers, a row for each example", x)


def of_any_batch(x: Any) -> Shape:
    """The shape of an array or a symbol, whose first axis is that of the examples, for any number of them."""
    return (None, *np.shape(x)[1:]) if not isinstance(x, Symbol) else x.shape
