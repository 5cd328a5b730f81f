"""A fuzzer of every public function: it makes calls, right ones and wrong ones, and judges what comes of them.

    python -m tests.fuzz --calls 100000            new calls, by hand, as many as one likes
    python -m tests.fuzz --seed 1234 --calls 1     one call again
    python -m tests.fuzz --programs 20000          random programs, against finite differences and JAX (differential.py)

A call fails if it ends the process, hangs, raises an error that does not say what was wrong, changes an object that it was
given, gives another number than numpy, or answers where numpy raises.
"""
