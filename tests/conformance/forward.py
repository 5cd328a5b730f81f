"""Forward mode."""

from conformance import case, raises, says

says("jvp looks up what was computed in the block, inside it or after; what was computed outside has None.")


@case([[2.0, 0.0], [2.0, 0.0], [1.0, 0.0], None])
def jvps_are_looked_up_inside_and_after(tf):
    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
        y = x * x
        inside = acc.jvp(y)
    return [inside, acc.jvp(y), acc.jvp(x), acc.jvp(x * x)]


@case([4.0, [1.0, 1.0]])
def a_sum_and_a_matrix(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.autodiff.ForwardAccumulator(x, tf.ones((2, 2))) as acc:
        y, z = tf.reduce_sum(x), tf.reduce_max(x, axis=0)
    return [acc.jvp(y), acc.jvp(z)]


says("jvp takes and gives structures; unconnected_gradients is as for tapes.")


@case([{"y": 12.0, "z": [0.0]}, 0.0])
def structures(tf):
    v, w, other = tf.Variable(2.0), tf.Variable([1.0]), tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator([v, w], [tf.constant(1.0), tf.constant([0.0])]) as acc:
        y, z = v * v * v, w * w
    return [acc.jvp({"y": y, "z": z}), acc.jvp(other, unconnected_gradients="zero")]


@case(raises(ValueError, "x"))
def an_unknown_word(tf):
    x = tf.constant(2.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        y = x * x
    acc.jvp(y, unconnected_gradients="x")


says("An accumulator over a tape, a tape over an accumulator, and accumulators in each other all work.")


@case([16.0, 10.0])
def a_hessian_vector_product(tf):
    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 1.0])) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x[0] ** 2.0 * x[1] ** 2.0
        slope = tape.gradient(y, x)
    return acc.jvp(slope)


@case([6.0, 0.0])
def a_tape_over_an_accumulator(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
            y = tf.reduce_sum(x * x * x)
        along = acc.jvp(y)
    return tape.gradient(along, x)


@case([6.0, 0.0])
def whose_jvp_is_asked_for_after_the_tape(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
            y = tf.reduce_sum(x * x * x)
    return tape.gradient(acc.jvp(y), x)


@case([12.0, None])
def accumulators_in_each_other(tf):
    x = tf.constant(2.0)
    outer, inner = (tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) for _ in range(2))
    with outer, inner:
        y = x * x * x
    return [outer.jvp(inner.jvp(y)), inner.jvp(outer.jvp(y))]


says("A primal twice, tangents of another structure or shape, and entering twice are each a ValueError.")


@case(raises(ValueError, "(?i)primal"))
def the_same_primal_twice(tf):
    x = tf.constant(2.0)
    tf.autodiff.ForwardAccumulator([x, x], [tf.constant(1.0), tf.constant(1.0)]).__enter__()


@case(raises(ValueError, "structure"))
def another_structure(tf):
    one = tf.constant(1.0)
    tf.autodiff.ForwardAccumulator([tf.constant(2.0)], [one, one]).__enter__()


@case(raises(ValueError, "list|structure"))
def a_list_as_the_tangent_of_a_tensor(tf):
    tf.autodiff.ForwardAccumulator(tf.constant([2.0]), [tf.constant(1.0)]).__enter__()


@case(raises(ValueError, "shape"), tensorflow=...)  # it goes on with whatever comes of it
def another_shape(tf):
    tf.autodiff.ForwardAccumulator(tf.constant([2.0]), tf.constant([1.0, 2.0])).__enter__()


@case(raises(ValueError, "already recording"))
def entered_twice(tf):
    x = tf.constant(2.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        acc.__enter__()


says("The rule of a custom_gradient is ignored where the inner operations have already given a tangent.")


@case(10.0, tensorflow=...)  # there the rule is ignored: 4.0
def a_custom_gradient_holds_in_forward_mode_too(tf):
    @tf.custom_gradient
    def f(x):
        return x * x, lambda upstream: 10.0 * upstream

    x = tf.constant(2.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        y = f(x)
    return acc.jvp(y)
