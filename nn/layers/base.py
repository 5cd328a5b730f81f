"""Layer: a function with variables, which are made when the shape of its input is known."""

import functools
import inspect
from contextlib import contextmanager

import numpy as np

import autodiff as ad
from nn import initializers, lookup, regularizers, settings


class Layer:
    """A function with variables. Subclasses make them in `build(input_shape)`, and compute in `call(x)`, or in
    `call(x, training=False)` if it matters whether they are in training.

    name: by default the class's, in lower case. dtype: of its variables and, as inputs are cast to it, of its results;
    `nn.floatx()` by default. input_shape: of one example, for the first layer of a Sequential to be built at once. Variables
    are found by walking through the layer's attributes, and lists and dicts in them.

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(input_shape[-1:], "ones", name="factor")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> scale = Scale()
    >>> scale([[2.0, 3.0]]).tolist(), scale.count_params()
    ([[2.0, 3.0]], 2)
    """

    built = False  # whether the variables are there
    output_shape = None  # of the first call, with None for the batch
    _trainable = True
    _takes_training = False

    def __new__(cls, *args, **options):
        self = super().__new__(cls)
        Layer.__init__(self)  # for subclasses whose __init__ does not say super().__init__()
        return self

    def __init__(self, name=None, dtype=None, trainable=True, input_shape=None, **others):
        for option in others:
            known = [inspect.signature(kind.__init__).parameters for kind in type(self).__mro__]
            lookup.one_of(f"option of {type(self).__name__}", option, set().union(*known) - {"self", "options", "others"})
        self._auto_named = name is None
        self.name = name or lookup.snake(type(self).__name__)
        self.dtype = settings.floatx() if dtype is None else settings.floating(dtype)
        self._trainable = bool(trainable)
        self.input_shape = None if input_shape is None else (None, *(input_shape if np.ndim(input_shape) else [input_shape]))
        self._penalties = []  # functions without arguments: what the regularizers charge

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._takes_training = "training" in inspect.signature(cls.call).parameters
        if "build" in vars(cls):
            cls.build = mark_built(cls.build)

    # -- what subclasses say -----------------------------------------------------------------------------------------

    def build(self, input_shape):
        """Make the variables, for inputs of this shape."""
        self.built = True

    def call(self, x):
        raise NotImplementedError(f"{type(self).__name__} does not say how it computes: define call(self, x).")

    def add_weight(self, shape, initializer="glorot_uniform", regularizer=None, trainable=True, name=None):
        """A new Variable of this layer, which the caller keeps in an attribute."""
        data = initializers.get(initializer)(tuple(shape), self.dtype)
        v = ad.Variable(data, trainable, f"{self.name}/{name or 'weight'}")
        if regularizer is not None:
            self._penalties.append(functools.partial(regularizers.get(regularizer), v))
        return v

    # -- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, *inputs, training=None):
        if training is not None:
            with settings.training(training):
                return self(*inputs)
        inputs = [self.cast(x) for x in inputs]
        if not self.built:
            return self._first(inputs)
        return self.call(*inputs, training=settings.is_training()) if self._takes_training else self.call(*inputs)

    def _first(self, inputs):
        """The first call: build, compute, and note the shape; if that fails, nothing has happened."""
        with rollback_on_error(self):
            self.begin(*[x.shape for x in inputs])
            if not self._trainable:
                self.trainable = False
            y = self(*inputs)
        self.input_shape, self.output_shape = (None, *np.shape(inputs[0])[1:]), (None, *np.shape(y)[1:])
        return y

    def begin(self, *input_shapes):
        """Build before the first call."""
        self.build(*input_shapes)

    def cast(self, x):
        """x as an array or Tensor of this layer's dtype."""
        if not isinstance(x, (np.ndarray, ad.Tensor)):
            x = ad.convert_to_tensor(x)
        if x.dtype == self.dtype:
            return x
        if x.dtype.kind not in "fiub":
            raise ValueError(f"{self.name} computes with numbers, but got {x.dtype} of shape {x.shape}.")
        return x.astype(self.dtype)

    @contextmanager
    def in_float64(self):
        """Inside this block the layer, and those inside it, compute in float64, on copies of their variables."""
        layers, variables = [layer for _, layer in walk(self, Layer)], [v for _, v in walk(self, ad.Variable)]
        dtypes, data = [layer.dtype for layer in layers], [v.data for v in variables]
        try:
            for layer in layers:
                layer.dtype = np.dtype(np.float64)
            for v in variables:
                v.data = v.data.astype(np.float64) if v.data.dtype.kind == "f" else v.data
            yield
        finally:
            for layer, dtype in zip(layers, dtypes):
                layer.dtype = dtype
            for v, x in zip(variables, data):
                v.data = x

    # -- variables ---------------------------------------------------------------------------------------------------

    @property
    def variables(self):
        """Every Variable (and Value) of this layer and those inside it, in order of definition."""
        return [v for _, v in walk(self, VARIABLE)]

    @property
    def trainable_variables(self):
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self):
        return [v for v in self.variables if not v.trainable]

    weights = variables
    trainable_weights = trainable_variables

    @property
    def losses(self):
        """What the regularizers of this layer and those inside it charge, as a list of scalars."""
        return [penalty() for _, layer in walk(self, Layer) for penalty in layer._penalties]

    @property
    def trainable(self):
        """Whether training changes this layer. Setting it holds for every layer inside, at once."""
        return self._trainable

    @trainable.setter
    def trainable(self, on):
        for _, layer in walk(self, Layer):
            layer._trainable = bool(on)
            frozen = layer.__dict__.setdefault("_frozen", set())  # the paths of variables that training would change
            for path, v in walk(layer, VARIABLE, deep=False):
                if not on and v.trainable:
                    frozen.add(path)
                if path in frozen:
                    v.trainable = bool(on)

    def get_weights(self):
        """The numbers of the variables: a list of arrays."""
        return [np.array(v.numpy()) for v in self.variables]

    def set_weights(self, weights):
        """Assign a list of arrays as `get_weights` gives it. ValueError if their number or a shape differs; then none is."""
        variables, weights = self.variables, [np.asarray(w) for w in weights]
        have, given = [v.shape for v in variables], [w.shape for w in weights]
        if have != given:
            hint = "" if self.built else " (it is not built yet: call it on a batch first)"
            raise ValueError(f"{self.name} has variables of shapes {have}{hint}, but the weights have {given}.")
        for v, w in zip(variables, weights):
            v.assign(w)

    def count_params(self):
        """How many numbers the variables hold. ValueError before the layer is built."""
        if not self.built:
            raise ValueError(f"{self.name} is not built, so its size is unknown: call it on a batch, or build(input_shape).")
        return sum(v.size for v in self.variables)

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}{'' if self.built else ', not built'}>"


VARIABLE = (ad.Variable, ad.Value)


def walk(tree, kind, deep=True, path="", seen=None):
    """Yield (path, x) for everything of this kind inside layers, lists, tuples and dicts, once each, in order of definition.

    A path names the way: "layers.0.kernel". Not `deep`: to the layers inside, but not into them.
    """
    seen = set() if seen is None else seen
    if id(tree) in seen or not isinstance(tree, (Layer, list, tuple, dict, *VARIABLE)):
        return
    seen.add(id(tree))
    if isinstance(tree, kind):
        yield path, tree
    if isinstance(tree, VARIABLE) or (path and not deep and isinstance(tree, Layer)):
        return
    branches = vars(tree) if isinstance(tree, Layer) else tree
    for name, branch in branches.items() if isinstance(branches, dict) else enumerate(tree):
        step = "layers" if name == "_layers" else name  # those of a Sequential
        yield from walk(branch, kind, deep, f"{path}.{step}" if path else f"{step}", seen)


def mark_built(build):
    """`build`, which then marks its layer as built."""

    @functools.wraps(build)
    def marking(self, *args, **kwargs):
        build(self, *args, **kwargs)
        self.built = True

    return marking


@contextmanager
def rollback_on_error(layer):
    """If this block fails, the layer, those inside it and the random stream are again what they were."""
    before = [
        (inner, {name: x.copy() if isinstance(x, (list, dict)) else x for name, x in vars(inner).items()})
        for _, inner in walk(layer, Layer)
    ]
    stream = settings.generator()
    drawn = stream.bit_generator.state
    try:
        yield
    except BaseException:
        stream.bit_generator.state = drawn
        for inner, state in before:
            vars(inner).clear()
            vars(inner).update(state)
        raise
