"""The first things a user does with a tape."""

import numpy as np

import autodiff as ad


def test_gradient_keeps_the_structure_of_the_sources():
    w, x = ad.Value(2.0), ad.Value(5.0)
    with ad.Tape() as tape:
        loss = (w * x - 1.0) ** 2
    got = tape.gradient(loss, {"w": w, "both": [x, (w,)]})
    assert float(got["w"]) == 90.0 and float(got["both"][0]) == 36.0 and float(got["both"][1][0]) == 90.0


def test_the_lectures_own_loop_needs_no_assign():
    weights = ad.Variable([1.0, -2.0])
    for _ in range(100):
        with ad.GradientTape() as g:
            loss = np.sum(weights**2)
        gradient = g.gradient(loss, weights)
        weights = weights - 0.1 * gradient
    assert np.abs(weights.numpy()).max() < 1e-8


def test_nested_tapes_and_a_persistent_one_give_the_same_second_derivative():
    x = ad.Value(5.0)
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = x**4
        slope = inner.gradient(y, x)
    assert float(outer.gradient(slope, x)) == 300.0
    with ad.Tape(persistent=True) as tape:
        y = x**4
        slope = tape.gradient(y, x)
    assert float(tape.gradient(slope, x)) == 300.0


def test_two_hundred_thousand_operations_neither_recurse_nor_leak():
    x = ad.Value(1.0)
    with ad.Tape() as tape:
        y = x
        for _ in range(200_000):
            y = y * 1.0000001
    assert abs(float(tape.gradient(y, x)) - 1.0000001**200_000) < 1e-6


def test_a_list_of_boxes_is_an_array_with_a_gradient():
    w, v = ad.Value(3.0), ad.Variable([1.0, 2.0])
    with ad.Tape(persistent=True) as tape:
        of_values = ad.mean([w * w, w, 0.0])
        of_arrays = ad.sum([[v, v * v], [w * v, [1.0, 1.0]]], axis=(0, 1))
        mixed = v + [w, 1.0]
    assert abs(float(tape.gradient(of_values, w)) - 7.0 / 3.0) < 1e-15
    assert tape.gradient(of_arrays, v).tolist() == [6.0, 8.0] and float(tape.gradient(of_arrays, w)) == 3.0
    assert float(tape.gradient(mixed, w)) == 1.0


def test_a_tape_can_be_subclassed():
    class Counting(ad.Tape):
        asked_for = 0

        def gradient(self, *args, **options):
            self.asked_for += 1
            return super().gradient(*args, **options)

    x = ad.Value(3.0)
    with Counting(persistent=True) as tape:
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0 and tape.asked_for == 1 and isinstance(tape, ad.Tape)
