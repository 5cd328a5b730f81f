"""Entering a tape, and its life."""

import contextlib
import threading

from conformance import case, raises, says

says("GradientTape takes (persistent=False, watch_accessed_variables=True) in this order, and nothing else.")


@case([None, 4.0])
def the_arguments_come_in_this_order(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(True, False) as t:
        y = v * v
        t.watch(v)
        z = v * v
    return [t.gradient(y, v), t.gradient(z, v)]


@case(raises(TypeError, "watch"))
def there_are_no_other_arguments(tf):
    tf.GradientTape(watch=[])


says("An exception leaves the block, and what was recorded before it can still be differentiated.")


@case(4.0)
def an_exception_passes_through_and_leaves_the_records(tf):
    v = tf.Variable(2.0)
    try:
        with tf.GradientTape() as t:
            y = v * v
            raise KeyError
    except KeyError:
        return t.gradient(y, v)


says("Entering a tape that is still recording is a ValueError.")


@case(raises(ValueError, "still recording"))
def an_active_tape_is_not_entered_again(tf):
    with tf.GradientTape() as t, t:
        pass


@case(4.0)
def the_refusal_leaves_the_tape_as_it_was(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as t:
        with contextlib.suppress(ValueError):
            t.__enter__()
        y = v * v
    return t.gradient(y, v)


says("A second block before any gradient continues the first: what was recorded and watched is kept.")


@case(12.0)
def a_second_block_before_any_gradient_continues_the_first(tf):
    v = tf.Variable(2.0)
    t = tf.GradientTape()
    with t:
        y = v * v
    with t:
        z = y * v
    return t.gradient(z, v)


@case([6.0, 2.0])
def what_the_first_block_watched_is_watched_in_the_second(tf):
    x = tf.constant([3.0, 1.0])
    t = tf.GradientTape()
    with t:
        t.watch(x)
    with t:
        z = x * x
    return t.gradient(z, x)


says("A block after a plain tape was used starts a fresh recording: what came before is forgotten.")


@case(12.0)
def a_block_after_the_gradient_starts_afresh(tf):
    v = tf.Variable(2.0)
    t = tf.GradientTape()
    with t:
        y = v * v
    t.gradient(y, v)
    with t:
        z = v * v * v
    return t.gradient(z, v)


@case(None)
def a_fresh_recording_has_forgotten_what_was_computed_before(tf):
    v = tf.Variable(2.0)
    t = tf.GradientTape()
    with t:
        y = v * v
    t.gradient(y, v)
    with t:
        z = y * 3.0
    return t.gradient(z, v)


says("Operations outside the block, or in another thread, are not recorded. The tape itself may be entered in any thread.")


@case([None, 6.0])
def operations_outside_are_not_recorded(tf):
    v = tf.Variable(3.0)
    before = v * v
    with tf.GradientTape(persistent=True) as t:
        y = v * v
    after = y * v
    return [t.gradient([before, after], v), t.gradient(y, v)]


@case([None, 6.0])
def operations_in_another_thread_are_not_recorded(tf):
    v, there = tf.Variable(3.0), []
    with tf.GradientTape(persistent=True) as t:
        worker = threading.Thread(target=lambda: there.append(v * v))
        worker.start()
        worker.join()
        here = v * v
    return [t.gradient(there[0], v), t.gradient(here, v)]


@case([6.0])
def a_tape_may_be_entered_in_another_thread(tf):
    v, t, answers = tf.Variable(3.0), tf.GradientTape(), []

    def work():
        with t:
            y = v * v
        answers.append(t.gradient(y, v))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return answers


says("Of two active tapes both record. stop_recording and reset touch only their own tape.")


@case([12.0, None])
def pausing_one_of_two_tapes_leaves_the_other(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as a, tf.GradientTape() as b:
        y = v * v
        with a.stop_recording():
            z = y * v
    return [b.gradient(z, v), a.gradient(z, v)]


@case([12.0, 8.0])
def resetting_one_of_two_tapes_leaves_the_other(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as a, tf.GradientTape() as b:
        y = v * v
        a.reset()
        z = y * v
        w = v * v * 2.0
    return [b.gradient(z, v), a.gradient(w, v)]


says("Python's if and for, and its max and sum, are recorded as they run; the choice itself is not differentiated.")


@case([27.0, [None, 1.0], 2.0])
def python_decides_and_the_tape_follows(tf):
    v, w = tf.Variable(3.0), tf.Variable(5.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * 1.0
        for k in range(2):
            if y > 1.0 or k:
                y = y * v
        largest = max([v, w])
        total = sum([v, v])
        largest = largest * 1.0
    return [t.gradient(y, v), t.gradient(largest, [v, w]), t.gradient(total, v)]


says("A chain of 5,000 operations needs no recursion, and y = y + y 40 times takes 40 steps, not 2**40.")


@case(1.0)
def five_thousand_operations_deep(tf):
    v = tf.Variable(1.0)
    with tf.GradientTape() as t:
        y = v
        for _ in range(5_000):
            y = y * 1.0
    return t.gradient(y, v)


@case(2.0**40)
def doubling_forty_times_takes_forty_steps(tf):
    v = tf.Variable(1.0)
    with tf.GradientTape() as t:
        y = v
        for _ in range(40):
            y = y + y
    return t.gradient(y, v)


says("A persistent tape answers any number of times.")


@case([6.0, 6.0, 27.0])
def a_persistent_tape_answers_again_and_again(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        z = y * v
    return [t.gradient(y, v), t.gradient(y, v), t.gradient(z, v)]


says("gradient inside the block ends the recording of a plain tape; the answer is right.")


@case([6.0, False])
def gradient_inside_ends_the_recording_of_a_plain_tape(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as t:
            y = v * v
            g = t.gradient(y, v)
            z = v * v
        try:
            t.gradient(z, v)
        except RuntimeError:
            return [g, outer.gradient(z, v) is None]


says("gradient inside the block of a persistent tape is itself recorded, so one tape gives all orders.")


@case([32.0, 48.0, 48.0])
def a_persistent_tape_differentiates_its_own_gradients(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v * v * v
        first = t.gradient(y, v)
        second = t.gradient(first, v)
        third = t.gradient(second, v)
    return [first, second, third]


says("What runs in stop_recording is not recorded; recording resumes, also after an exception; gradient may be called there.")


@case([None, 2.0, 12.0])
def a_pause_is_invisible_and_ends(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        with t.stop_recording():
            unseen = v * v
        z = y * v
        mixed = unseen * v * 0.5
    return [t.gradient(unseen, v), t.gradient(mixed, v), t.gradient(z, v)]


@case([4.0, 12.0])
def recording_resumes_after_an_exception_and_gradient_is_allowed_in_the_pause(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        try:
            with t.stop_recording():
                g = t.gradient(y, v)
                raise KeyError
        except KeyError:
            pass
        z = y * v
    return [g, t.gradient(z, v)]


says("stop_recording of a tape that does not record is a RuntimeError or a ValueError.")


@case(raises(RuntimeError, "not recording"))
def pausing_a_tape_that_was_never_entered(tf):
    with tf.GradientTape().stop_recording():
        pass


@case(raises(RuntimeError, "not recording"), tensorflow=raises(ValueError))  # their docs promise RuntimeError
def pausing_a_tape_that_has_ended(tf):
    with tf.GradientTape() as t:
        pass
    with t.stop_recording():
        pass


@case(raises(RuntimeError, "not recording"), tensorflow=raises(ValueError))
def pausing_twice(tf):
    with tf.GradientTape() as t, t.stop_recording(), t.stop_recording():
        pass


says("reset inside the block forgets what was recorded and watched; recording goes on.")


@case([(), None, 3.0])
def reset_forgets_and_goes_on(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as t:
        y = v * v
        t.reset()
        watched = t.watched_variables()
        z = v * 3.0
        w = y * 5.0
    return [watched, t.gradient(w, v), t.gradient(z, v)]


@case(None)
def reset_forgets_what_was_watched(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as t:
        t.watch(x)
        t.reset()
        y = x * x
    return t.gradient(y, x)


says("reset outside the block is a ValueError.")


@case(raises(ValueError, "not recording"))
def reset_outside(tf):
    with tf.GradientTape() as t:
        pass
    t.reset()
