"""Random programs of numpy's functions, against finite differences, other ways to the same derivative, and JAX where it is
installed: rounds of test_random_programs.py, each with a seed of its own."""

import os
import re
import subprocess
import sys
import time

TESTS = ("tests/test_random_programs.py", "tests/test_function_bits.py")
ROUND = 500  # programs for each property: `round` in conftest.py


def run(root, first, count, minutes=None):
    """(how many programs each property saw, the rounds that failed as (seed, what pytest says))."""
    end = None if minutes is None else time.monotonic() + 60 * minutes
    faults, seed, done = [], first, 0
    while done < count and (end is None or time.monotonic() < end):
        command = [sys.executable, "-X", "faulthandler", "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS,
                   "--hypothesis-profile", "round", f"--hypothesis-seed={seed}", "-o", "faulthandler_timeout=900"]  # fmt: skip
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        found = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        if found.returncode:
            faults.append((seed, found.stdout[-6000:] + found.stderr[-1500:]))
            print(f"seed {seed}: exit {found.returncode}\n{faults[-1][1]}", flush=True)
        else:
            print(f"seed {seed}: {re.sub('[^ -~]', '', found.stdout.splitlines()[-1])}", flush=True)
        seed, done = seed + 1, done + ROUND
    return done, faults
