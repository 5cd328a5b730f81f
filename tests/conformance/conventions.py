"""The derivative at ties, zeros and edges."""

import numpy as np

from conformance import case, says

inf, nan = float("inf"), float("nan")


def slope(tf, function, *xs):
    """The gradient of function(*xs) with respect to each."""
    vs = [tf.Variable(x) for x in xs]
    with tf.GradientTape() as t, np.errstate(all="ignore"):
        y = function(*vs)
    g = t.gradient(y, vs)
    return g[0] if len(xs) == 1 else g


def second(tf, function, x):
    v = tf.Variable(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner, np.errstate(all="ignore"):
            y = function(v)
        g = inner.gradient(y, v)
    return outer.gradient(g, v, unconnected_gradients="zero")


def at(name, gives, function, *xs, tensorflow="the same", order=1):
    def program(tf):
        f = lambda *vs: function(tf, *vs)
        return slope(tf, f, *xs) if order == 1 else second(tf, f, *xs)

    program.__name__ = name
    case(gives, tensorflow=tensorflow)(program)


says("The slope of abs at 0, and of sign anywhere, is 0.")
at("abs_at_0", 0.0, lambda tf, x: tf.abs(x), 0.0)
at("sign", [0.0, 0.0], lambda tf, x: tf.sign(x), [0.0, 2.0])

says("The slope of relu at 0 is 0.")
at("relu_at_0", 0.0, lambda tf, x: tf.nn.relu(x), 0.0)

says("At a tie, maximum and minimum send all to the first argument.")
at("maximum_at_a_tie", [0.5, 0.5], lambda tf, a, b: tf.maximum(a, b), 1.0, 1.0, tensorflow=[1.0, 0.0])  # kinks, by halves
at("minimum_at_a_tie", [0.5, 0.5], lambda tf, a, b: tf.minimum(a, b), 1.0, 1.0, tensorflow=[1.0, 0.0])

says("At a tie, reduce_max and reduce_min share equally.")
at("max_at_a_tie", [0.0, 0.5, 0.5], lambda tf, x: tf.reduce_max(x), [1.0, 3.0, 3.0])
at("min_at_a_tie", [0.5, 0.5, 0.0], lambda tf, x: tf.reduce_min(x), [1.0, 1.0, 3.0])

says("The slope of a clip is 1 at both bounds, and 0 for nan.")
at("clip_at_its_bounds", [0.0, 1.0, 1.0, 1.0, 0.0, 0.0], lambda tf, x: tf.clip_by_value(x, 0.0, 1.0),
   [-1.0, 0.0, 0.5, 1.0, 2.0, nan])  # fmt: skip

says("Infinite slopes are infinite as in IEEE arithmetic; 0 / 0 has inf and nan.")
at("sqrt_at_0", inf, lambda tf, x: tf.sqrt(x), 0.0)
at("log_at_0", inf, lambda tf, x: tf.math.log(x), 0.0)
at("reciprocal_at_0", -inf, lambda tf, x: 1.0 / x, 0.0)
at("division_by_0", [inf, -inf], lambda tf, a, b: a / b, 1.0, 0.0)
at("zero_by_zero", [inf, nan], lambda tf, a, b: a / b, 0.0, 0.0)

says("A branch that where did not choose is harmless if it is sqrt, but log, 1 / x, powers and exp give nan.")
at("where_of_sqrt", [0.0, 0.0, 0.25], lambda tf, x: tf.where(x > 0.0, tf.sqrt(x), 0.0), [-1.0, 0.0, 4.0])
at("where_of_inverse", [0.0, -0.0625], lambda tf, x: tf.where(x > 0.0, 1 / x, 0.0), [0.0, 4.0], tensorflow=[nan, -0.0625])
at("where_of_log", [0.0, 0.25], lambda tf, x: tf.where(x > 0.0, tf.math.log(x), 0.0), [0.0, 4.0], tensorflow=[nan, 0.25])
at("where_of_power", [0.0, -0.0625], lambda tf, x: tf.where(x > 0.0, x**-1.0, 0.0), [0.0, 4.0], tensorflow=[nan, -0.0625])
at("where_of_exp", [0.0, 1.0], lambda tf, x: tf.where(x < 1.0, tf.exp(x), 0.0), [1000.0, 0.0], tensorflow=[nan, 1.0])

says("norm at 0, the standard deviation of equal numbers, and atan2 at (0, 0) have the gradient nan.")
at("norm_at_0", [0.0, 0.0], lambda tf, x: tf.norm(x), [0.0, 0.0], tensorflow=[nan, nan])
at("std_of_equals", [0.0, 0.0], lambda tf, x: tf.math.reduce_std(x), [2.0, 2.0], tensorflow=[nan, nan])
at("arctan2_at_0", [0.0, 0.0], lambda tf, a, b: tf.math.atan2(a, b), 0.0, 0.0, tensorflow=[nan, nan])

says("x**2 and x**1 are smooth at 0, but the slope of x**0 is nan there.")
at("squares_and_first_powers_at_0", [0.0, 0.0], lambda tf, x: x**2.0 + x * 0.0, [0.0, 0.0])
at("the_first_power_at_0", 1.0, lambda tf, x: x**1.0, 0.0)
at("the_zeroth_power_at_0", 0.0, lambda tf, x: x**0.0, 0.0, tensorflow=nan)
at("zero_to_the_zero", [0.0, 0.0], lambda tf, x, y: x**y, 0.0, 0.0, tensorflow=[nan, 0.0])

says("The slope of a power in its exponent is 0 where the base is 0 or negative.")
at("the_exponent_of_zero", [0.0, 0.0], lambda tf, x, y: x**y, 0.0, 2.0)
at("the_exponent_of_a_negative_base", [12.0, 0.0], lambda tf, x, y: x**y, -2.0, 3.0)

says("The second derivative of x**1 at 0 is nan (its issue 35011).")
at("the_first_power_at_0_twice", 0.0, lambda tf, x: x**1.0, 0.0, tensorflow=nan, order=2)
at("the_square_at_0_twice", 2.0, lambda tf, x: x**2.0, 0.0, order=2)

says("reduce_prod with zeros has its exact gradient.")
at("prod_with_a_zero", [6.0, 0.0, 0.0], lambda tf, x: tf.reduce_prod(x), [0.0, 2.0, 3.0])
at("prod_with_two_zeros", [0.0, 0.0, 0.0], lambda tf, x: tf.reduce_prod(x), [0.0, 2.0, 0.0])
at("prod_with_a_zero_twice", [5.0, 3.0, 2.0], lambda tf, x: tf.reduce_prod(x), [0.0, 2.0, 3.0], order=2,
   tensorflow=[0.0, 3.0, 2.0])  # fmt: skip  # theirs is wrong: the sum of the derivatives is bc + ac + ab

says("Far out, sigmoid, tanh, softplus, logsumexp and softmax stay finite and right.")
at("sigmoid_far_out", [0.0, 0.0], lambda tf, x: tf.sigmoid(x), [1000.0, -1000.0])
at("tanh_far_out", [0.0, 0.0], lambda tf, x: tf.tanh(x), [1000.0, -1000.0])
at("softplus_far_out", [1.0, 0.0], lambda tf, x: tf.math.softplus(x), [1000.0, -1000.0])
at("logsumexp_far_out", [0.5, 0.5], lambda tf, x: tf.reduce_logsumexp(x), [1000.0, 1000.0])
at("softmax_far_out", [0.0, 0.0], lambda tf, x: tf.nn.softmax(x)[0], [1000.0, 0.0])

says("The gradient of mod(a, b) is 1 and -floor(a / b).")
at("mod", [1.0, -3.0], lambda tf, a, b: a % b, 7.0, 2.0)
at("mod_of_a_negative", [1.0, 4.0], lambda tf, a, b: a % b, -7.0, 2.0)

says("Gather with repeats, negative strides, masks, newaxis, cumsum and sort: cotangents add up, and ties keep their order.")
at("gather_with_repeats", [2.0, 0.0, 1.0], lambda tf, x: tf.reduce_sum(tf.gather(x, [0, 2, 0])), [1.0, 2.0, 3.0],
   tensorflow=...)  # fmt: skip
at("negative_strides", [3.0, 2.0, 1.0], lambda tf, x: x[::-1] * tf.constant([1.0, 2.0, 3.0]), [1.0, 2.0, 3.0])
at("newaxis", [2.0, 2.0], lambda tf, x: x[:, None] * tf.constant([[1.0, 1.0]]), [1.0, 2.0])
at("a_mask", [0.0, 1.0], lambda tf, x: tf.boolean_mask(x, [False, True]), [1.0, 2.0], tensorflow=...)
at("cumsum", [3.0, 2.0, 1.0], lambda tf, x: tf.cumsum(x), [1.0, 2.0, 3.0])
at("sort_with_ties", [10.0, 100.0, 1.0], lambda tf, x: tf.sort(x) * tf.constant([1.0, 10.0, 100.0]), [2.0, 2.0, 1.0])

says("A broadcast operand gets its gradient summed to its own shape.")
at("a_column_plus_a_row", [[[3.0], [3.0]], [2.0, 2.0, 2.0]], lambda tf, a, b: a + b, [[1.0], [2.0]], [1.0, 2.0, 3.0])
at("a_number_times_a_matrix", [10.0, [[2.0, 2.0], [2.0, 2.0]]], lambda tf, a, b: a * b, 2.0, [[1.0, 2.0], [3.0, 4.0]])
at("a_batch_of_matrices_times_one", [[[[3.0, 7.0]], [[3.0, 7.0]]], [[4.0, 4.0], [6.0, 6.0]]],
   lambda tf, a, b: tf.matmul(a, b), [[[1.0, 2.0]], [[3.0, 4.0]]], [[1.0, 2.0], [3.0, 4.0]])  # fmt: skip


says("The gradient of normalizing a vector of zeros is huge, but finite.")


@case([True, True])
def normalizing_a_vector_of_zeros(tf):
    """Huge there (1e6), and finite in both."""
    v = tf.Variable([0.0, 0.0])
    with tf.GradientTape() as t:
        y = tf.math.l2_normalize(v)
    return [bool(np.isfinite(x)) for x in np.asarray(t.gradient(y, v))]


says("The mean of nothing is nan, with an empty gradient.")


@case(["nan", [0]])
def the_mean_of_nothing(tf):
    v = tf.Variable(np.zeros(0, np.float32))
    with tf.GradientTape() as t, np.errstate(all="ignore"):
        y = tf.reduce_sum(v) / float(v.shape[0] or "nan")
    return ["nan" if np.isnan(float(y)) else "number", [int(n) for n in t.gradient(y, v).shape]]
