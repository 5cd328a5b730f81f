"""How the CPU time of a program grows with its size n: the exponent (1 is linear), and the time of the largest."""

import numpy as np

import autodiff as ad
from benchmarks import process
from benchmarks.report import duration, table
from benchmarks.timing import growth


def values(n):
    x = ad.Value(0.5)
    with ad.Tape() as tape:
        y = x
        for _ in range(n):
            y = y * 0.999 + x
    tape.gradient(y, x)


def second_derivative(n):
    x = ad.Value(0.5)
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = x
            for _ in range(n):
                y = (y * 0.5 + x).tanh()
        slope = inner.gradient(y, x)
    outer.gradient(slope, x)


def sources_of_an_earlier_tape(n):
    """n parameters that the last step used, and this one does not."""
    rows, used = [ad.Value(1.0) for _ in range(n)], ad.Value(2.0)
    with ad.Tape() as tape:
        y = sum(rows, used)
    tape.gradient(y, rows)
    with ad.Tape() as tape:
        y = used
        for _ in range(n):
            y = y * 0.999
    tape.gradient(y, [used, *rows])


def stack(n):
    xs = [ad.Value(float(k)) for k in range(n)]
    with ad.Tape() as tape:
        y = ad.mean(ad.stack(xs))
    tape.gradient(y, xs)


def mean(n):
    xs = [ad.Value(float(k)) for k in range(n)]
    with ad.Tape() as tape:
        y = ad.mean(xs)
    tape.gradient(y, xs)


def loop_over_indices(n):
    x = ad.Variable(np.ones(n))
    with ad.Tape() as tape:
        y = x[0]
        for k in range(1, n):
            y = y + x[k]
    tape.gradient(y, x)


def stack_of_indices(n):
    x = ad.Variable(np.ones(n))
    with ad.Tape() as tape:
        y = ad.sum(ad.stack([x[k] for k in range(n)]))
    tape.gradient(y, x)


def inner_tapes(n):
    """n gradients of the same Variables under one outer tape."""
    w, total = ad.Variable(np.ones(3)), 0.0
    with ad.Tape() as outer:
        for _ in range(n):
            with ad.Tape() as inner:
                y = ad.sum(w * w * w)
            total = total + ad.sum(inner.gradient(y, w))
    outer.gradient(total, w)


def unrolled_training(n):
    """n steps of descent, differentiated with respect to the learning rate."""
    rate, w = ad.Variable(0.01), ad.constant(np.ones(3))
    with ad.Tape() as outer:
        for _ in range(n):
            with ad.Tape() as inner:
                inner.watch(w)
                y = ad.sum(w * w)
            w = w - rate * inner.gradient(y, w)
        loss = ad.sum(w * w)
    outer.gradient(loss, rate)


def gradient_after_each_step(n):
    """A persistent tape goes on through n steps, and is asked after each."""
    w = ad.Variable(np.ones(3))
    with ad.Tape(persistent=True) as tape:
        for _ in range(n):
            gradient = tape.gradient(ad.sum(w * w), w)
            w.assign_sub(0.01 * gradient)


def deep_chain(n):
    x = ad.Variable(np.ones(3))
    with ad.Tape() as tape:
        y = x
        for _ in range(n):
            y = ad.tanh(y)
    tape.gradient(y, x)


ROWS = {  # what grows: the program, and its largest size
    "Values, a chain": (values, 100_000),
    "the second derivative of a chain of Values": (second_derivative, 4_000),
    "an array, a chain": (deep_chain, 16_000),
    "sources that an earlier tape saw": (sources_of_an_earlier_tape, 4_000),
    "ad.stack of Values": (stack, 4_000),
    "ad.mean of Values": (mean, 4_000),
    "a loop over x[k]": (loop_over_indices, 8_000),
    "ad.stack of x[k]": (stack_of_indices, 8_000),
    "inner tapes on the same Variable": (inner_tapes, 3_200),
    "unrolled training under an outer tape": (unrolled_training, 3_200),
    "a gradient after each step of a persistent tape": (gradient_after_each_step, 1_600),
}


def child(name, quick=""):
    """Print what, the exponent, the time of the largest, and its size."""
    program, largest = ROWS[name]
    sizes = [2, 4] if quick else [largest // 8, largest // 4, largest // 2, largest]
    seconds, exponent = growth(program, sizes, 1 if quick else 3)
    print(name, f"{exponent:.2f}", duration(seconds[-1]), f"{sizes[-1]:,}", sep="\t")


def print_tables(*quick):
    done = [process.run("subjects.growth", name, *quick) for name in ROWS]
    rows = [one.stdout.strip().split("\t") if one.stdout else [name, process.reason(one), "", ""]
            for name, one in zip(ROWS, done)]  # fmt: skip
    print("## Growth\n\nCPU time as a power of the size, at 1/8, 1/4, 1/2 and the whole of it; each the least of 3.\n")
    print(table(["program", "exponent", "time", "n"], rows), end="\n\n", flush=True)
