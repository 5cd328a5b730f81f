"""What a tape follows."""

import numpy as np

from conformance import case, raises, says

says("The gradient with respect to a constant that is not watched is None.")


@case(None)
def constants_are_not_watched(tf):
    x = tf.constant(3.0)
    with tf.GradientTape() as t:
        y = x * x
    return t.gradient(y, x)


says("A trainable variable is watched when it is read: by an operator, value() or read_value().")


@case([2.0, 3.0, 4.0, 5.0])
def variables_are_watched_when_read_in_any_way(tf):
    v = tf.Variable([1.0])
    with tf.GradientTape(persistent=True) as t:
        ys = [2.0 * v, v.value() * 3.0, v.read_value() * 4.0, tf.convert_to_tensor(v) * 5.0]
    return [float(np.asarray(t.gradient(y, v))[0]) for y in ys]


says("A variable with trainable=False is not watched until it is asked for with watch.")


@case([None, (), 6.0, 1])
def untrainable_variables_wait_to_be_watched(tf):
    v = tf.Variable([3.0], trainable=False)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        before = t.watched_variables()
        t.watch(v)
        z = v * v
    return [t.gradient(y, v), before, float(np.asarray(t.gradient(z, v))[0]), len(t.watched_variables())]


says("With watch_accessed_variables=False only what was watched explicitly has gradients.")


@case([3.0, None])
def with_watch_accessed_variables_false_only_what_is_asked_for(tf):
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape(watch_accessed_variables=False) as t:
        t.watch(a)
        y = a * b
    return t.gradient(y, [a, b])


says("watch reaches only later operations: what was computed before contributes nothing.")


@case([None, 6.0, 6.0])
def watch_reaches_only_what_follows(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x
        t.watch(x)
        z = x * x
    return [t.gradient(y, x), t.gradient(z, x), t.gradient([y, z], x)]


says("watch takes any nesting of lists, tuples and dicts.")


@case([2.0, 3.0, 4.0])
def watch_takes_any_nesting(tf):
    a, b, c = tf.constant(1.0), tf.constant(1.0), tf.constant(1.0)
    with tf.GradientTape() as t:
        t.watch({"a": a, "l": [b, (c,)]})
        y = 2.0 * a + 3.0 * b + 4.0 * c
    return t.gradient(y, [a, b, c])


def _watching(x):
    def program(tf):
        with tf.GradientTape() as t:
            t.watch(x)

    return program


says("watch of what is not a tensor or variable is a ValueError that names the type.")

for _name, _x in {"a_float": 1.0, "None": None, "a_string": "s", "an_array": np.ones(2)}.items():
    _program = _watching(_x)
    _program.__name__ = f"watching_{_name}"
    case(raises(ValueError, rf"type '(numpy\.)?{type(_x).__name__}', not"))(_program)


says("watch before the tape was ever entered is an AttributeError about a None.")


@case([6.0], tensorflow=raises(AttributeError))  # an accident: there is no reason to forbid it
def watching_before_entering(tf):
    x = tf.constant([3.0])
    t = tf.GradientTape()
    t.watch(x)
    with t:
        y = x * x
    return t.gradient(y, x)


says("watch between two blocks is lost silently.")


@case([24.0, 9.0], tensorflow=[24.0, None])  # lost there without a word
def watching_between_two_blocks(tf):
    a, b = tf.constant(3.0), tf.constant(4.0)
    t = tf.GradientTape()
    with t:
        t.watch(a)
        y = a * a
    t.watch(b)
    with t:
        z = y * b
    return t.gradient(z, [a, b])


says("watch of an integer tensor logs a warning, and its gradient is None.")


@case(raises(TypeError, r"int.*no gradient.*3\.0"), tensorflow=None)  # there a line in the log, and None
def watching_integers(tf):
    x = tf.constant(3)
    with tf.GradientTape() as t:
        t.watch(x)
        y = x * x
    return t.gradient(y, x)


says("An integer variable counts as trainable, but its gradient is None, without a warning.")


@case(raises(TypeError, r"int.*no gradient.*3\.0"), tensorflow=None)
def trainable_variables_of_integers(tf):
    v = tf.Variable([3])
    with tf.GradientTape() as t:
        y = v * v
    return t.gradient(y, v)


says("A cast to integers cuts the path; between floats it does not, and the gradient has the dtype of its source.")


@case([None, "float32", [4.0]])
def a_cast_to_integers_cuts_and_one_between_floats_does_not(tf):
    v = tf.Variable(np.array([2.0], np.float32))
    with tf.GradientTape(persistent=True) as t:
        cut = tf.cast(tf.cast(v, tf.int32), tf.float32) * 3.0
        wide = tf.cast(v, tf.float64) ** 2
    g = t.gradient(wide, v)
    return [t.gradient(cut, v), np.asarray(g).dtype.name, g]


@case([3.0])
def a_cut_path_adds_nothing(tf):
    v = tf.Variable(np.array([2.0], np.float32))
    with tf.GradientTape() as t:
        y = tf.cast(tf.cast(v, tf.int32), tf.float32) + 3.0 * v
    return t.gradient(y, v)


says("watched_variables() is a tuple of each variable once, in order of creation: empty before entering, kept after use.")


@case([(), [1.0, 2.0], [1.0, 2.0]])
def watched_variables_come_once_each_in_order_of_creation(tf):
    a, b = tf.Variable([1.0]), tf.Variable([2.0])
    t = tf.GradientTape()
    none = t.watched_variables()
    with t:
        y = b * a * b
    before = [v.numpy().item() for v in t.watched_variables()]
    t.gradient(y, a)
    return [none, before, [v.numpy().item() for v in t.watched_variables()]]


@case(1, tensorflow=2)  # a comparison is a read too, but putting it on the tape would cost time for nothing
def what_is_asked_for_is_watched_unused_and_what_is_only_compared_is_not(tf):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape() as t:
        t.watch(a)
        b > 1.0
    return len(t.watched_variables())


says("Each tape watches for itself: what only an inner tape watches is a constant to the outer one.")


@case([12.0, 4.0, None, 4.0])
def watching_is_per_tape(tf):
    x, z = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(z)
        with tf.GradientTape() as inner:
            inner.watch([x, z])
            y = x * x * z
    return [*inner.gradient(y, [x, z]), *outer.gradient(y, [x, z])]
