"""Variables and constants."""

import copy

import numpy as np

from conformance import case, raises, says

says("assign, assign_add and assign_sub change the variable in place and return it.")


@case([True, 10.5])
def assignment_returns_the_variable(tf):
    v = tf.Variable(3.0)
    same = v.assign(10.0)
    same = same.assign_add(1.0).assign_sub(0.5)
    return [float(same) == float(v), float(v)]


def _misfit(method, value):
    def program(tf):
        v = tf.Variable([1.0, 2.0], name="w")
        getattr(v, method)(value)

    program.__name__ = f"{method}_of_another_shape_{np.shape(value)}"
    return program


says("Assigning another shape is an error: nothing is broadcast.")

for _method in ("assign", "assign_add", "assign_sub"):
    for _value in (1.0, [1.0, 2.0, 3.0]):
        case(raises(ValueError, r"w.*\(2,\)"), tensorflow=raises(Exception, "(?i)shape"))(_misfit(_method, _value))


says("Numbers and numpy arrays are converted on assignment; a float64 tensor for a float32 variable is a ValueError.")


@case(["float32", [4.0, 5.0], [4.0, 7.0]])
def plain_numbers_take_the_variables_dtype(tf):
    v = tf.Variable(np.ones(2, np.float32))
    first = v.assign([4, 5]).numpy()
    v.assign(np.array([4.0, 7.0]))
    return [np.asarray(v).dtype.name, first, v]


@case("float32", tensorflow=raises(ValueError, "float32.*float64"))  # our results are float64 more often: they promote
def a_tensor_of_another_dtype_is_cast_as_numpy_casts_on_assignment(tf):
    v = tf.Variable(np.ones(2, np.float32))
    return v.assign(tf.constant(np.ones(2))).numpy().dtype.name


says("Assignment is not differentiated.")


@case([None, 10.0])
def assignment_is_not_differentiated(tf):
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as t:
        b.assign_add(a * 1.0)
        y = b * b
    return t.gradient(y, [a, b])


says("Assignment after use leaves the recorded values as they were.")


@case([6.0, 26.0])
def assignment_after_use_leaves_what_was_recorded(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        v.assign(10.0)
        z = y + v * v
    return [t.gradient(y, v), t.gradient(z, v)]


@case([6.0, 2.0])
def assignment_between_the_block_and_the_gradient(tf):
    v, w = tf.Variable(3.0), tf.Variable([1.0])
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        z = w * w
    v.assign(10.0)
    w.assign_add([5.0])
    return [t.gradient(y, v), tf.reduce_sum(t.gradient(z, w))]


@case([27.0, 18.0])
def assignment_before_a_second_order_gradient(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = v * v * v
        v.assign(10.0)
        slope = inner.gradient(y, v)
    return [slope, outer.gradient(slope, v)]


def _in_place(op):
    def program(tf):
        v = tf.Variable([1.0])
        exec(f"v {op} 2.0", {"v": v})

    program.__name__ = f"{ {'+=': 'iadd', '-=': 'isub', '*=': 'imul', '/=': 'itruediv', '**=': 'ipow'}[op] }_is_refused"
    return program


says("Operators in place (+=, -=, *=, /=, **=) on a variable are a RuntimeError that names assign_sub and the like.")

for _op in ("+=", "-=", "*=", "/=", "**="):
    case(raises(RuntimeError, "var(iable)? " + _op.replace("*", r"\*").replace("+", r"\+")))(_in_place(_op))


says("w = w - lr * g makes w an unwatched tensor, so the next gradient is None.")


@case(0.64, tensorflow=raises(TypeError, "NoneType"))  # the lecture's own loop
def a_new_name_for_the_update_goes_on_being_watched(tf):
    w = tf.Variable([1.0])
    for _ in range(2):
        with tf.GradientTape() as t:
            loss = w * w
        w = w - 0.1 * t.gradient(loss, w)
    return float(w.numpy()[0])


says("Numpy arrays are copied in and out: later writes to them do not reach the variable.")


@case([[1.0, 2.0], [1.0, 2.0]])
def arrays_are_copied_in_and_out(tf):
    a = np.array([1.0, 2.0])
    v, c = tf.Variable(a), tf.constant(a)
    a[0] = 9.0
    v.numpy()[1] = 9.0
    c.numpy()[1] = 9.0
    return [v, c]


says("A variable made of a variable, and a deepcopy, are independent copies.")


@case([1.0, 1.0, 1.0, 5.0])
def a_variable_of_a_variable_is_a_copy(tf):
    v = tf.Variable(1.0)
    others = [tf.Variable(v), copy.deepcopy(v)]
    v.assign(5.0)
    alone = tf.Variable(1.0)
    copy.deepcopy(alone).assign(9.0)
    return [*[float(o) for o in others], float(alone), float(v)]


says("float, int, bool, iteration, shape and trainable work. The truth of a vector is a ValueError; len is a TypeError.")


@case([2.5, 2, True, [1.0, 2.0], [2], True])
def a_variable_is_a_python_number_or_a_container(tf):
    s, v = tf.Variable(2.5), tf.Variable([1.0, 2.0])
    return [float(s), int(s), bool(s > 1.0), [float(x) for x in v], [int(n) for n in v.shape], v.trainable]


@case(raises(ValueError, "ambiguous"))
def the_truth_of_an_array(tf):
    bool(tf.Variable([1.0, 2.0]) > 1.0)


@case(2, tensorflow=raises(TypeError))  # numpy's way
def the_length_of_a_variable(tf):
    return len(tf.Variable([1.0, 2.0]))


@case(raises(TypeError, "iter"))
def iterating_a_scalar(tf):
    list(tf.Variable(1.0))


says("Setting an item is a TypeError.")


@case(raises(TypeError, "does not support item assignment"))
def setting_an_item_of_a_tensor(tf):
    tf.constant([1.0, 2.0])[0] = 5.0


@case(raises(TypeError, "does not support item assignment"))
def setting_an_item_of_a_variable(tf):
    tf.Variable([1.0, 2.0])[0] = 5.0


says("== compares by element, and a variable is not hashable.")


@case([[True, False], 2], tensorflow=raises(TypeError, "unhashable"))
def equal_by_element_and_hashed_by_identity(tf):
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 3.0])
    return [a == b, len({a, b, a})]


says("A numpy array times a variable is recorded. np.sin of a variable gives a plain array, which cuts the path.")


@case([[3.0, 4.0], [2.0, 2.0], [2.0, 2.0]])
def numpy_on_the_left_is_traced(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y = np.array([3.0, 4.0], np.float32) * v
        z = np.float32(2.0) * v
        w = np.array(2.0, np.float32) * v
    return [t.gradient(y, v), t.gradient(z, v), t.gradient(w, v)]


@case(1.0, tensorflow=raises(AttributeError, "dtype|_id"))  # there an array comes out, and the path is cut
def numpys_functions_are_traced(tf):
    v = tf.Variable(0.0)
    with tf.GradientTape() as t:
        y = np.sin(v)
    return t.gradient(y, v)


says("Different dtypes do not mix, but Python numbers adapt.")


@case(["float64", "float64", "float32"], tensorflow=raises(Exception, "double"))
def dtypes_promote_as_in_numpy(tf):
    v = tf.Variable(np.ones(2, np.float32))
    return [(v * x).numpy().dtype.name for x in (tf.constant(np.ones(2)), tf.constant(np.ones(2, np.int64)), 2.0)]


says("Variable() without a value is a ValueError.")


@case(raises(TypeError, "initial_value"), tensorflow=raises(ValueError, "initial_value"))
def a_variable_of_nothing(tf):
    tf.Variable()


@case(raises(TypeError, "initial_value"), tensorflow=raises(ValueError))
def a_variable_of_none(tf):
    tf.Variable(None)
