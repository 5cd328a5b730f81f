"""Higher orders, and jacobians."""

import numpy as np

from conformance import case, raises, says

says("k nested tapes give the derivative of order k, where each gradient is taken in the block of the next.")


@case([12.0, 12.0, 6.0])
def nested_tapes_give_higher_orders(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as third:
        with tf.GradientTape() as second:
            with tf.GradientTape() as first:
                y = v * v * v
            d1 = first.gradient(y, v)
        d2 = second.gradient(d1, v)
    return [d1, d2, third.gradient(d2, v)]


@case([24.0, 24.0, 0.0])
def five_orders(tf):
    v, tapes = tf.Variable(1.0), [tf.GradientTape() for _ in range(5)]
    for t in tapes:
        t.__enter__()
    y = tf.reduce_sum(v * v * v * v)
    answers = []
    for t in reversed(tapes):
        t.__exit__(None, None, None)
        y = t.gradient(y, v, unconnected_gradients="zero")
        answers.append(y)
    return answers[2:]


says("A gradient that is taken after the outer block is right, but a constant to the outer tape.")


@case([12.0, None])
def a_gradient_taken_after_the_outer_block_is_a_constant(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as outer, tf.GradientTape() as inner:
        y = v * v * v
    slope = inner.gradient(y, v)
    return [slope, outer.gradient(slope, v)]


says("One persistent tape gives all orders by gradients in its block: 32, 48, 48 for x**4 at 2.")


@case([32.0, 48.0, 48.0])
def one_persistent_tape_gives_all_orders(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as t:
        y = v**4.0
        first = t.gradient(y, v)
        second = t.gradient(first, v)
        third = t.gradient(second, v)
    return [first, second, third]


says("The second derivative of a linear map, or of reduce_max, is unconnected: None, or zeros when asked for.")


@case([None, [0.0, 0.0], None])
def the_second_derivative_of_a_linear_map_is_unconnected(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape(persistent=True) as inner:
            y = 3.0 * v
            top = tf.reduce_max(v)
        slope = inner.gradient(y, v)
        slope_of_top = inner.gradient(top, v)
    return [
        outer.gradient(slope, v),
        outer.gradient(slope, v, unconnected_gradients="zero"),
        outer.gradient(slope_of_top, v),
    ]


says("Tapes that watch different things give mixed partial derivatives.")


@case(24.0)
def mixed_partials_of_tapes_that_watch_apart(tf):
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * w * w
        slope = inner.gradient(y, x)
    return outer.gradient(slope, w)


@case([None, 24.0])
def what_only_the_inner_tape_watches_is_a_constant_to_the_outer(tf):
    x, w = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * w * w
        slope = inner.gradient(y, x)
    return outer.gradient(slope, [x, w])


says("output_gradients of the outer tape give the product of the Hessian and a vector.")


@case([-8.0, 12.0])
def output_gradients_give_a_hessian_vector_product(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = v[0] ** 2 * v[1] ** 3
        slope = inner.gradient(y, v)
    return outer.gradient(slope, v, output_gradients=tf.constant([1.0, -1.0]))


says("Gradient penalties, and updates that are differentiated themselves, work.")


@case([36.0, 16.0])
def a_gradient_penalty(tf):
    w, x = tf.Variable([1.0, 2.0]), tf.constant([3.0, 1.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(w * x * x)
        slope = inner.gradient(y, x)  # 2 w x
        penalty = tf.reduce_sum(slope * slope)  # 4 w**2 x**2
    return outer.gradient(penalty, w) * np.array([0.5, 1.0], np.float32)


@case([0.56, 0.48])
def a_differentiable_update(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            loss = tf.reduce_sum(v**3.0)
        moved = v - 0.1 * inner.gradient(loss, v)  # v - 0.3 v**2
        outcome = tf.reduce_sum(moved**2.0)
    return outer.gradient(outcome, v) * np.array([1.0, -1.5], np.float32)


says("A jacobian has the shape of the target followed by that of the source, in the structure of the sources.")


@case([[[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]], [12.0]])
def a_jacobian_has_the_shape_of_the_target_and_then_the_sources(tf):
    v, w = tf.Variable([1.0, 2.0, 3.0]), tf.Variable([2.0])
    with tf.GradientTape(persistent=True) as t:
        y = v[:2] * v[1:]
        z = w[0] ** 3.0
    return [t.jacobian(y, v, "none", None, True), t.jacobian(z, w)]


@case({"v": [[2.0, 0.0], [0.0, 2.0]], "w": ([[1.0], [2.0]],)})
def a_jacobian_keeps_the_structure_of_the_sources(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([2.0])
    with tf.GradientTape() as t:
        y = v * w
    return t.jacobian(y, {"v": v, "w": (w,)})


@case([0, 3])
def a_jacobian_of_an_empty_target(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as t:
        y = v[:0] * 2.0
    return [int(n) for n in t.jacobian(y, v).shape]


@case([[1, 2, 2, 2], 8.0])
def a_jacobian_of_matrices(tf):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as t:
        y = tf.matmul(tf.constant([[1.0, 1.0]]), v * v)
    j = t.jacobian(y, v)
    return [[int(n) for n in j.shape], float(np.asarray(j)[0, 1, 1, 1])]


says("The jacobian of an unconnected source is None, or zeros of the jacobian's full shape.")


@case([None, [[0.0], [0.0]]])
def a_jacobian_of_an_unconnected_source(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    with tf.GradientTape(persistent=True) as t:
        y = v * v
    return [t.jacobian(y, w), t.jacobian(y, w, unconnected_gradients="zero")]


says("A jacobian works on a plain tape, and uses it up.")


@case([[2.0, 0.0], [0.0, 4.0]])
def a_jacobian_needs_no_persistent_tape(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.jacobian(y, v)


says("experimental_use_pfor=False needs a persistent tape.")


@case([[2.0, 0.0], [0.0, 4.0]], tensorflow=raises(RuntimeError, "persistent=True"))
def nor_without_pfor(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as t:
        y = v * v
    return t.jacobian(y, v, experimental_use_pfor=False, parallel_iterations=10)


def _jacobian_of(target):
    def program(tf):
        v = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as t:
            y = v * v
        t.jacobian([y, y] if target == "list" else target, v)

    program.__name__ = f"a_jacobian_of_{target}"
    return program


says("A jacobian of a list or of None is an AttributeError.")

for _target in ("list", None, 3.0):
    case(raises(TypeError, "target.*(list|None|float)"), tensorflow=raises(AttributeError))(_jacobian_of(_target))


says("Jacobians of gradients and of jacobians work, and jacobians inside the block.")


@case([[[6.0, 0.0], [0.0, 12.0]], [[[6.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 12.0]]]])
def jacobians_of_gradients_and_of_jacobians(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(v**3.0)
        g = inner.gradient(y, v)
    hessian = outer.jacobian(g, v)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = v * v * v
        j = inner.jacobian(y, v)
    return [hessian, outer.jacobian(j, v)]


@case([[2.0, 0.0], [0.0, 4.0]])
def a_jacobian_inside_the_block(tf):
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        return t.jacobian(y, v)


says("batch_jacobian gives the jacobian of each row of the target with respect to the same row of the source.")


@case([[[2.0, 0.0], [0.0, 4.0]], [[6.0, 0.0], [0.0, 8.0]]])
def a_batch_jacobian_is_that_of_each_row(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as t:
        t.watch(x)
        y = x * x
    return t.batch_jacobian(y, x)


@case([[2, 1, 2], [[[1.0, 1.0]], [[1.0, 1.0]]]])
def a_batch_jacobian_of_sums(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.reduce_sum(x, axis=1, keepdims=True)
    j = t.batch_jacobian(y, x)
    return [[int(n) for n in j.shape], j]


says("batch_jacobian of different first dimensions, or of a rank below 2, is a ValueError.")


@case(raises(ValueError, "first dimension"))
def a_batch_jacobian_of_different_batches(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.reshape(x * x, (4, 1))
    t.batch_jacobian(y, x)


@case(raises(ValueError, "rank at least 2"))
def a_batch_jacobian_without_a_batch(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as t:
        t.watch(x)
        y = x * x
    t.batch_jacobian(y, x)


says("batch_jacobian of an unconnected source gives zeros, even with 'none'.")


@case([None, [2, 2, 2]], tensorflow=[[[[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]], [2, 2, 2]])
def a_batch_jacobian_of_an_unconnected_source(tf):
    x, w = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as t:
        t.watch([x, w])
        y = x * x
    zero = t.batch_jacobian(y, w, unconnected_gradients="zero")
    return [t.batch_jacobian(y, w), [int(n) for n in zero.shape]]
