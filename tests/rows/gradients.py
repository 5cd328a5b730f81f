"""C what gradient() gives, D what it refuses."""

import numpy as np

from rows import raises, row


@row("C1", [2.0, 4.0])
def a_target_that_is_an_array_counts_as_its_sum(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v)


@row("C2", [12.0, 114.0, 117.0])
def several_targets_count_as_their_sum(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        z = y * y
    return [t.gradient([y, y], v), t.gradient({"y": y, "z": [z]}, v), t.gradient([y, (z, [v * 1.0, v])], v) + 2.0]


@row("C3", [{"a": 3.0, "l": [2.0, (3.0,)]}, (3.0, 2.0), []])
def sources_come_back_in_their_structure(tf):
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = a * b
    return [t.gradient(y, {"a": a, "l": [b, (a,)]}), t.gradient(y, (a, b)), t.gradient(y, [])]


@row("C4", [0.5, 0.5, 4.5, 1.25, 9.75])
def every_intermediate_is_a_source(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        a = v * v
        b = v * 0.5
        c = a * b
        d = c + a
        e = d * 0.5
    return t.gradient(e, [d, c, b, a, v])


@row("C5", [6.0, 6.0])
def the_same_source_twice(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, [v, v])


@row("C6", [[1.0, 6.0], [7.0, 42.0]])
def a_target_that_is_a_source(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        z = y * 6.0
    return [t.gradient(y, [y, v]), t.gradient([y, z], [y, v])]


@row("C7", [[1.0, 1.0], [1.0], None])
def a_thing_by_itself_needs_no_record(tf):
    c, v = tf.constant([1.0, 2.0]), tf.Variable([1.0])
    with tf.GradientTape(persistent=True) as t:
        pass
    return [t.gradient(c, c), t.gradient(v, v), t.gradient(v, tf.Variable([1.0]))]


@row("C8", [[2.0, 40.0], [2.0, 40.0], [5.0, 4.0]])
def output_gradients_are_the_seeds(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y, z = v * v, v * 3.0
    return [
        t.gradient(y, v, output_gradients=tf.constant([1.0, 10.0])),
        t.gradient(y, v, output_gradients=np.array([1.0, 10.0], np.float32)),
        t.gradient([y, z], v, output_gradients=[tf.constant([1.0, 1.0]), tf.constant([1.0, 0.0])]),
    ]


@row("C9", raises(ValueError, r"shape \(\) does not fit a target of shape \(2,\)"), tensorflow=[4.0, 8.0])
def a_scalar_seed_for_a_vector(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v, output_gradients=tf.constant(2.0))


@row("C10", raises(ValueError, r"shape \(3,\) does not fit a target of shape \(\)"), tensorflow=[-1.0, -2.0, -3.0])
def a_vector_seed_for_a_scalar(tf):
    v = tf.Variable(1.0)
    with tf.GradientTape() as t:
        y = -v
    return t.gradient(y, v, output_gradients=tf.constant([1.0, 2.0, 3.0]))


@row("C11", [2.0, 40.0], tensorflow=[2.0, 4.0])  # the list is flattened there, and its second number dropped
def a_plain_list_is_one_seed_for_one_target(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v, output_gradients=[1.0, 10.0])


@row("C12", raises(ValueError, "1 entries for 2 targets"), tensorflow=...)  # reads beyond the list: anything may come
def too_few_seeds(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y, z = v * v, v * 3.0
    return t.gradient([y, z], v, output_gradients=[tf.constant([1.0, 1.0])])


@row("C12", raises(ValueError, "3 entries for 2 targets"), tensorflow=...)
def too_many_seeds(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y, z = v * v, v * 3.0
    return t.gradient([y, z], v, output_gradients=[tf.constant([1.0, 1.0])] * 3)


@row("C13", [5.0, 4.0], tensorflow=raises(ValueError, "None"))  # against their own documentation
def a_seed_of_none_is_ones(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y, z = v * v, v * 3.0
    return t.gradient([y, z], v, output_gradients=[None, tf.constant([1.0, 0.0])])


@row("C14", [None, None, [0.0, 0.0], "float64", {"w": [0.0, 0.0], "l": [[0.0, 0.0]]}])
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


for _word in ("ZERO", "nonsense"):
    _program = _unconnected(_word)
    _program.__name__ = f"the_word_{_word}_is_refused_and_the_tape_not_used_up"
    row("C15", [True, 6.0])(_program)


@row("C16", [[0.0, 0.0]], tensorflow=...)  # fails there for Keras's Variables
def zeros_for_the_variables_of_a_layer(tf):
    layer = tf.keras.layers.Dense(1, use_bias=False)
    layer.build((None, 2))
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
    zeros = t.gradient(y, layer.trainable_variables, unconnected_gradients="zero")
    return [np.asarray(zeros[0]).ravel()]


@row("C17", [[3.0, 3.0], 6.0, [[2.0], [2.0]], "float32"])
def gradients_have_the_shape_and_dtype_of_their_sources(tf):
    row_, number = tf.Variable(np.ones(2, np.float32)), tf.Variable(np.float32(1.0))
    column, matrix = tf.Variable(np.ones((2, 1), np.float32)), np.ones((3, 2), np.float32)
    with tf.GradientTape(persistent=True) as t:
        y = matrix * row_
        z = matrix * number
        w = column * row_
    g = t.gradient(y, row_)
    return [g, t.gradient(z, number), t.gradient(w, column), np.asarray(g).dtype.name]


@row("C18", [[2.0, 1.0, 0.0], True], tensorflow=[[2.0, 1.0, 0.0], False])  # IndexedSlices there
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


for _first, _second in [("gradient", "gradient"), ("gradient", "jacobian"), ("jacobian", "gradient"), ("jacobian", "jacobian")]:
    row("D1", raises(RuntimeError, "can only be used to compute one set of gradients"))(_used_by(_first, _second))


def _unentered(persistent):
    def program(tf):
        v = tf.Variable(3.0)
        return tf.GradientTape(persistent).gradient(v, v)

    program.__name__ = f"a_tape_that_was_never_entered_{persistent=}"
    return program


for _persistent in (False, True):
    _program = _unentered(_persistent)
    row("D2", raises(RuntimeError, "never entered"), tensorflow=raises(RuntimeError, "can only be used"))(_program)


def _given(target=..., source=...):
    def program(tf):
        v = tf.Variable(3.0)
        with tf.GradientTape() as t:
            y = v * v
        top = y if target is ... else [y, None] if target == "[y, None]" else target
        return t.gradient(top, v if source is ... else [v, None] if source == "[v, None]" else source)

    return program


for _name, _number, _program, _message, _theirs in [
    ("a_target_of_None", "D3", _given(target=None), "`target`.*None", TypeError),
    ("a_target_that_is_a_number", "D4", _given(target=3.0), "target is 3.0 of type float", AttributeError),
    ("a_target_that_is_an_array", "D4", _given(target=np.ones(1)), "target is .* of type ndarray", AttributeError),
    ("a_source_that_is_a_number", "D4", _given(source=3.0), "source is 3.0 of type float.*constant", AttributeError),
    ("a_source_that_is_an_array", "D4", _given(source=np.ones(1)), "source is .*ndarray.*constant", AttributeError),
    ("a_source_that_is_a_string", "D4", _given(source="w"), "source is 'w' of type str", TypeError),
    ("a_target_among_which_is_None", "D5", _given(target="[y, None]"), r"target \(entry 1\) is None", TypeError),
    ("a_source_of_None", "D5", _given(source=None), "`source`.*None", TypeError),
    ("a_source_among_which_is_None", "D5", _given(source="[v, None]"), r"source \(entry 1\) is None", TypeError),
]:
    _program.__name__ = _name
    row(_number, raises(TypeError, _message), tensorflow=raises(_theirs))(_program)


@row("D6", None)
def no_target(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        v * v
    return t.gradient([], v)


@row("D7", raises(TypeError, "np.histogram has no derivative rule"), tensorflow=...)  # LookupError at the gradient
def a_function_without_a_rule_is_refused_when_it_is_called(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape():
        np.histogram(v)


@row("D8", [None] * 8)
def functions_that_are_constant_almost_everywhere(tf):
    v, answers = tf.Variable([0.5, 1.5]), []
    functions = [tf.floor, tf.round, tf.math.ceil, tf.floor, lambda v: v > 1.0, lambda v: tf.equal(v, 1.0),
                 lambda v: tf.argmax(v, axis=0), lambda v: v // 1.0]  # fmt: skip
    for function in functions:
        with tf.GradientTape() as t:
            y = function(v)
        answers.append(t.gradient(y, v))
    return answers


@row("D8", [None, None, None])
def functions_of_one_number_that_are_constant_almost_everywhere(tf):
    v, answers = tf.Variable(1.5), []
    for function in (tf.floor, tf.round, lambda v: v // 1.0):
        with tf.GradientTape() as t:
            y = function(v)
        answers.append(t.gradient(y, v))
    return answers
