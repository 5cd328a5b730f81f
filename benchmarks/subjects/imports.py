"""The time of `import autodiff, nn` beyond that of numpy.

Module time is the sum of the times of the modules that `import numpy` did not load, by `python -X importtime`. CPU time is the
difference of two whole processes. All have one thread, and find their modules compiled to bytecode.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile

from benchmarks import process
from benchmarks.report import table

BEFORE, AFTER = "import numpy", "import numpy; import autodiff, nn"
ROUNDS = 15


def environment(folder):
    """One thread, the modules that this process would find, and bytecode in that folder."""
    found = {**os.environ, **process.ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONPYCACHEPREFIX": folder}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def modules(program, env):
    """{module: its own time in ms} of a new process."""
    command = [sys.executable, "-P", "-X", "importtime", "-c", program]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:")]
    return {name.strip(): int(own) / 1e3 for own, _, name in rows if own.strip().isdigit()}


def cpu(program, env):
    """The CPU time of a new process in ms, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-P", "-c", program], check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e3 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measure(rounds, env):
    """(module times in ms, CPU times in ms, one for each round; {module: its own times})."""
    cpu(AFTER, env)  # compiles what is not compiled yet
    sums, differences, own = [], [], {}
    for _ in range(rounds):
        numpy, all_of_them = modules(BEFORE, env), modules(AFTER, env)
        new = {name: time for name, time in all_of_them.items() if name not in numpy}
        sums.append(sum(new.values()))
        for name, time in new.items():
            own.setdefault(name, []).append(time)
        differences.append(-cpu(BEFORE, env) + cpu(AFTER, env))
    return sums, differences, own


def print_tables(*quick):
    with tempfile.TemporaryDirectory() as folder:
        sums, differences, own = measure(1 if quick else ROUNDS, environment(folder))
    print("## `import autodiff, nn` beyond `import numpy`\n\nMedians of the rounds, and the least and the most.\n")
    rows = [
        [what, f"{statistics.median(times):.1f} ms", f"{min(times):.1f}-{max(times):.1f}"]
        for what, times in (("module time", sums), ("CPU time", differences))
    ]
    print(table(["", "median", "range"], rows), end="\n\n")
    slowest = sorted(own, key=lambda name: -statistics.median(own[name]))[:5]
    print("Slowest modules: " + ", ".join(f"{name} {statistics.median(own[name]):.1f}" for name in slowest) + " ms.\n")
