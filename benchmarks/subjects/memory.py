"""Memory: the peaks of two training steps, and the bytes that a recorded operation on Values takes.

The peak is what Python and numpy allocate during a step, above what was there before it. Of the widest step it is in the
update, where a program that takes all gradients first holds two of them and the product with the rate; backpropagation by hand
holds one of them and the activations. Of the deep step it is the activations. The bytes of an operation are what
the process grows by when a million are recorded, so that no allocator is left out.
"""

import contextlib
import importlib.util
import resource
import sys
from pathlib import Path

from benchmarks import process
from benchmarks.report import table
from benchmarks.subjects.steps import SUBJECT
from benchmarks.timing import peak

DEEP = {"12 layers of 128, 4096": ([128] * 12 + [1], 4096)}
QUICK_DEEP = {"3 layers of 4, 8": ([4] * 3 + [1], 8)}
PEAKS = ("numpy by hand", "autodiff", "autodiff, @ad.function")
CONTENDERS = ("autodiff", "micrograd")
STATM = Path("/proc/self/statm")


def resident():
    """The memory that the process has, in bytes; where the system has no /proc, the most that it has had. (On Linux the most
    counts the parent process too, out of which this one was started.)"""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def bytes_of_an_operation(who, count):
    """Records `count` operations, and says how much the process grew by each."""
    if who == "autodiff":
        import autodiff

        number, tape = autodiff.Value, autodiff.Tape()
    else:
        from micrograd.engine import Value

        number, tape = Value, contextlib.nullcontext()
    x = number(0.5)
    with tape:
        y = x
        before = resident()
        for _ in range(count // 2):
            y = y * 0.999 + x
        grown = resident() - before
    return grown / count


def child(who, quick=""):
    print(f"{bytes_of_an_operation(who, 1_000 if quick else 1_000_000):.0f}")


def peaks(case):
    """[[who, the peak of a step, its ratio to the first]]."""
    rows, first = [], None
    for who in PEAKS:
        contender = SUBJECT.contenders[who]
        if contender.missing():
            rows.append([who, contender.missing(), ""])
        else:
            found = peak(contender.build(case))
            first = first or found
            rows.append([who, f"{found / 1e6:.2f} MB", f"{found / first:.3f}"])
    return rows


def print_tables(*quick):
    print("## Memory\n")
    wide, deep = (SUBJECT.quick, QUICK_DEEP) if quick else (SUBJECT.cases, DEEP)
    for label, case in [list(wide.items())[-1], *deep.items()]:
        print(f"The peak of a training step of a tanh MLP, {label}.\n")
        print(table(["", "peak", "ratio"], peaks(case)), end="\n\n")
    rows = [
        [who, process.run("subjects.memory", who, *quick).stdout.strip() if importlib.util.find_spec(who) else "not installed"]
        for who in CONTENDERS
    ]
    print("Bytes of a recorded operation on Values.\n")
    print(table(["", "bytes"], rows), end="\n\n", flush=True)
