"""What gradient() gives, and what it refuses."""

import numpy as np

from conformance import case, raises, says

says("The gradient of a target that is not a scalar is that of the sum of its elements.")


@case([2.0, 4.0])
def a_target_that_is_an_array_counts_as_its_sum(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v)


says("The gradient of several targets, in any nesting, is that of their sum. A target listed twice counts twice.")


@case([12.0, 114.0, 117.0])
def several_targets_count_as_their_sum(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        z = y * y
    return [t.gradient([y, y], v), t.gradient({"y": y, "z": [z]}, v), t.gradient([y, (z, [v * 1.0, v])], v) + 2.0]


says("The gradients come in the structure of the sources: list, tuple or dict, nested. No sources give [].")


@case([{"a": 3.0, "l": [2.0, (3.0,)]}, (3.0, 2.0), []])
def sources_come_back_in_their_structure(tf):
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = a * b
    return [t.gradient(y, {"a": a, "l": [b, (a,)]}), t.gradient(y, (a, b)), t.gradient(y, [])]


says("A recorded intermediate result may be a source, though it was not watched.")


@case([0.5, 0.5, 4.5, 1.25, 9.75])
def every_intermediate_is_a_source(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        a = v * v
        b = v * 0.5
        c = a * b
        d = c + a
        e = d * 0.5
    return t.gradient(e, [d, c, b, a, v])


says("The same source twice gets its full gradient twice.")


@case([6.0, 6.0])
def the_same_source_twice(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, [v, v])


says("A target that is also a source gets the direct 1 beside what comes through other targets.")


@case([[1.0, 6.0], [7.0, 42.0]])
def a_target_that_is_a_source(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        z = y * 6.0
    return [t.gradient(y, [y, v]), t.gradient([y, z], [y, v])]


says("The gradient of a thing with respect to itself is ones, even on an empty tape.")


@case([[1.0, 1.0], [1.0], None])
def a_thing_by_itself_needs_no_record(tf):
    c, v = tf.constant([1.0, 2.0]), tf.Variable([1.0])
    with tf.GradientTape(persistent=True) as t:
        pass
    return [t.gradient(c, c), t.gradient(v, v), t.gradient(v, tf.Variable([1.0]))]


says("output_gradients, tensors or numpy arrays shaped like the targets, are what the sweep starts from.")


@case([[2.0, 40.0], [2.0, 40.0], [5.0, 4.0]])
def output_gradients_are_the_seeds(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y, z = v * v, v * 3.0
    return [
        t.gradient(y, v, output_gradients=tf.constant([1.0, 10.0])),
        t.gradient(y, v, output_gradients=np.array([1.0, 10.0], np.float32)),
        t.gradient([y, z], v, output_gradients=[tf.constant([1.0, 1.0]), tf.constant([1.0, 0.0])]),
    ]


says("A scalar in output_gradients for a vector target is broadcast, by accident of the operation.")


@case(raises(ValueError, r"shape \(\) does not fit a target of shape \(2,\)"), tensorflow=[4.0, 8.0])
def a_scalar_seed_for_a_vector(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v, output_gradients=tf.constant(2.0))


says("output_gradients of another shape may go through silently: a scalar source then gets a vector.")


@case(raises(ValueError, r"shape \(3,\) does not fit a target of shape \(\)"), tensorflow=[-1.0, -2.0, -3.0])
def a_vector_seed_for_a_scalar(tf):
    v = tf.Variable(1.0)
    with tf.GradientTape() as t:
        y = -v
    return t.gradient(y, v, output_gradients=tf.constant([1.0, 2.0, 3.0]))


says("A plain list as output_gradients of one target is flattened; all but its first number is dropped silently.")


@case([2.0, 40.0], tensorflow=[2.0, 4.0])  # the list is flattened there, and its second number dropped
def a_plain_list_is_one_seed_for_one_target(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v, output_gradients=[1.0, 10.0])


says("Too few output_gradients read memory that is not theirs.")


@case(raises(ValueError, "1 entries for 2 targets"), tensorflow=...)  # reads beyond the list: anything may come
def too_few_seeds(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y, z = v * v, v * 3.0
    return t.gradient([y, z], v, output_gradients=[tf.constant([1.0, 1.0])])


@case(raises(ValueError, "3 entries for 2 targets"), tensorflow=...)
def too_many_seeds(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y, z = v * v, v * 3.0
    return t.gradient([y, z], v, output_gradients=[tf.constant([1.0, 1.0])] * 3)


says("None in output_gradients means ones, say the docs; in fact it is a ValueError.")


@case([5.0, 4.0], tensorflow=raises(ValueError, "None"))  # against their own documentation
def a_seed_of_none_is_ones(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y, z = v * v, v * 3.0
    return t.gradient([y, z], v, output_gradients=[None, tf.constant([1.0, 0.0])])


says("unconnected_gradients: 'none' gives None, 'zero' gives zeros of the source's shape and dtype; an enum says the same.")


@case([None, None, [0.0, 0.0], "float64", {"w": [0.0, 0.0], "l": [[0.0, 0.0]]}])
def what_an_unconnected_source_gets(tf):
    v, w = tf.Variable(3.0), tf.Variable(np.ones(2))
    with tf.GradientTape(persistent=True) as t:
        y = v * v
    zero = t.gradient(y, w, unconnected_gradients="zero")
    return [
        t.gradient(y, w),
        t.gradient(y, w, unconnected_gradients=tf.UnconnectedGradients.NONE),
        t.gradient(y, w, unconnected_gradients=tf.UnconnectedGradients.ZERO),
        np.asarray(zero).dtype.name,
        t.gradient(y, {"w": w, "l": [w]}, unconnected_gradients="zero"),
    ]


def _unconnected(word):
    def program(tf):
        v = tf.Variable(3.0)
        with tf.GradientTape() as t:
            y = v * v
        try:
            t.gradient(y, v, unconnected_gradients=word)
        except ValueError as e:
            return [f"Unknown value for unconnected_gradients: '{word}'" in str(e), t.gradient(y, v)]

    return program


says("Another word for unconnected_gradients is a ValueError, which does not use up the tape.")

for _word in ("ZERO", "nonsense"):
    _program = _unconnected(_word)
    _program.__name__ = f"the_word_{_word}_is_refused_and_the_tape_not_used_up"
    case([True, 6.0])(_program)


says("unconnected_gradients='zero' fails for the variables of a Keras layer (its issue 116636).")


@case([[0.0, 0.0]], tensorflow=...)  # fails there for Keras's Variables
def zeros_for_the_variables_of_a_layer(tf):
    layer = tf.keras.layers.Dense(1, use_bias=False)
    layer.build((None, 2))
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
    zeros = t.gradient(y, layer.trainable_variables, unconnected_gradients="zero")
    return [np.asarray(zeros[0]).ravel()]


says("A gradient has the shape and dtype of its source: dimensions that were broadcast are summed away.")


@case([[3.0, 3.0], 6.0, [[2.0], [2.0]], "float32"])
def gradients_have_the_shape_and_dtype_of_their_sources(tf):
    row_, number = tf.Variable(np.ones(2, np.float32)), tf.Variable(np.float32(1.0))
    column, matrix = tf.Variable(np.ones((2, 1), np.float32)), np.ones((3, 2), np.float32)
    with tf.GradientTape(persistent=True) as t:
        y = matrix * row_
        z = matrix * number
        w = column * row_
    g = t.gradient(y, row_)
    return [g, t.gradient(z, number), t.gradient(w, column), np.asarray(g).dtype.name]


says("The gradient of a gather is an IndexedSlices, which is sparse and has no numpy().")


@case([[2.0, 1.0, 0.0], True], tensorflow=[[2.0, 1.0, 0.0], False])  # IndexedSlices there
def the_gradient_of_a_gather_is_dense(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        y = tf.gather(v, [0, 1, 0])
    g = t.gradient(y, v)
    return [tf.convert_to_tensor(g), hasattr(g, "numpy")]


def _used_by(first, second):
    def program(tf):
        v = tf.Variable([[3.0]])
        with tf.GradientTape() as t:
            y = v * v
        getattr(t, first)(y, v)
        getattr(t, second)(y, v)

    program.__name__ = f"{second}_after_{first}"
    return program


says("A second gradient or jacobian of a plain tape is a RuntimeError.")

for _first, _second in [("gradient", "gradient"), ("gradient", "jacobian"), ("jacobian", "gradient"), ("jacobian", "jacobian")]:
    case(raises(RuntimeError, "can only be used to compute one set of gradients"))(_used_by(_first, _second))


def _unentered(persistent):
    def program(tf):
        v = tf.Variable(3.0)
        return tf.GradientTape(persistent).gradient(v, v)

    program.__name__ = f"a_tape_that_was_never_entered_{persistent=}"
    return program


says("A tape that was never entered raises the same error as a used one.")

for _persistent in (False, True):
    _program = _unentered(_persistent)
    case(raises(RuntimeError, "never entered"), tensorflow=raises(RuntimeError, "can only be used"))(_program)


def _given(target=..., source=...):
    def program(tf):
        v = tf.Variable(3.0)
        with tf.GradientTape() as t:
            y = v * v
        top = y if target is ... else [y, None] if target == "[y, None]" else target
        return t.gradient(top, v if source is ... else [v, None] if source == "[v, None]" else source)

    return program


def _refused(name, program, message, theirs):
    program.__name__ = name
    case(raises(TypeError, message), tensorflow=raises(theirs))(program)


says("None as the target is a TypeError that names `target`.")
_refused("a_target_of_None", _given(target=None), "`target`.*None", TypeError)

says("A number, an array or a string as target or source is an AttributeError or a TypeError about its insides.")
_refused("a_target_that_is_a_number", _given(target=3.0), "target is 3.0 of type float", AttributeError)
_refused("a_target_that_is_an_array", _given(target=np.ones(1)), "target is .* of type ndarray", AttributeError)
_refused("a_source_that_is_a_number", _given(source=3.0), "source is 3.0 of type float.*constant", AttributeError)
_refused("a_source_that_is_an_array", _given(source=np.ones(1)), "source is .*ndarray.*constant", AttributeError)
_refused("a_source_that_is_a_string", _given(source="w"), "source is 'w' of type str", TypeError)

says("None among the targets, or as a source or among the sources, is a TypeError about dtypes.")
_refused("a_target_among_which_is_None", _given(target="[y, None]"), r"target \(entry 1\) is None", TypeError)
_refused("a_source_of_None", _given(source=None), "`source`.*None", TypeError)
_refused("a_source_among_which_is_None", _given(source="[v, None]"), r"source \(entry 1\) is None", TypeError)


says("The gradient of no target, [], is None.")


@case(None)
def no_target(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        v * v
    return t.gradient([], v)


says("An operation without a gradient is a LookupError when the gradient is taken.")


@case(raises(TypeError, "np.power.reduce has no derivative rule"), tensorflow=...)  # LookupError at the gradient
def a_function_without_a_rule_is_refused_when_it_is_called(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        np.power.reduce(v)


says("Comparisons, argmax, floor, ceil, round and // are not differentiable: the gradient is None.")


@case([None] * 8)
def functions_that_are_constant_almost_everywhere(tf):
    v, answers = tf.Variable([0.5, 1.5]), []
    functions = [tf.floor, tf.round, tf.math.ceil, tf.floor, lambda v: v > 1.0, lambda v: tf.equal(v, 1.0),
                 lambda v: tf.argmax(v, axis=0), lambda v: v // 1.0]  # fmt: skip
    for function in functions:
        with tf.GradientTape() as t:
            y = function(v)
        answers.append(t.gradient(y, v))
    return answers


@case([None, None, None])
def functions_of_one_number_that_are_constant_almost_everywhere(tf):
    v, answers = tf.Variable(1.5), []
    for function in (tf.floor, tf.round, lambda v: v // 1.0):
        with tf.GradientTape() as t:
            y = function(v)
        answers.append(t.gradient(y, v))
    return answers
