"""The command."""

import argparse
import collections
import glob
import os
import pickle
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np  # noqa: F401 - so that the processes forked from this one have it already

from . import reach, trials
from .changes import Source

ROOT = Path(__file__).resolve().parent.parent.parent
SCOPE = [
    "autodiff/rules/*.py", "autodiff/linalg.py", "autodiff/derivatives/*.py", "autodiff/batching.py", "autodiff/scalar/*.py",
    "autodiff/core/*.py", *(f"autodiff/tape/{name}.py" for name in (
        "accumulator", "arguments", "backward", "forward", "gradients", "jacobian", "nested", "recording", "tape",
        "trace_steps",
    )), *(f"autodiff/functions/{name}.py" for name in (
        "buffers", "feeds", "kernels", "packs", "passes", "program", "trace", "values",
    )),
]  # fmt: skip
TESTS = ["tests", *(f"--ignore=tests/{name}" for name in (
    "draw/test_player.py", "draw/test_player_page.py", "draw/test_hostile_names.py", "tf_oracle", "test_architecture.py",
    "test_mutation.py",
))]  # fmt: skip
MOST_AFRESH = 120  # so many tests at most where the engine is loaded anew, as each costs
LONGEST = 3.0  # seconds; a test that takes longer is left out
OUT = os.fdopen(os.dup(1), "w")  # the other one is pytest's, and goes to stderr


def in_a_child(work):
    """What `work()` returns in a forked process, so that this one does not load the engine."""
    with tempfile.TemporaryFile() as file:
        pid = os.fork()
        if pid == 0:
            try:
                pickle.dump(work(), file)
                file.flush()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        file.seek(0)
        return pickle.load(file)


def measure(options):
    meter = reach.meter_of(ROOT)
    meter.start()
    trials.collect(options.tests, lambda warm: reach.measured(meter, warm.items.values(), ROOT).save(options.reach))


class Session:
    """The mutants that were asked for, and what became of each."""

    def __init__(self, options):
        self.jobs, self.budget, self.all_tests = options.jobs, options.seconds, options.tests
        self.reach = reach.load(options.reach, LONGEST)
        self.sources, self.killers, self.fit = {}, {}, {}
        self.tried, self.survivors = collections.Counter(), collections.Counter()
        chosen = []
        for pattern in options.files or SCOPE:
            name, _, line = pattern.partition(":")
            for path in sorted(glob.glob(name, root_dir=ROOT)):
                if path not in self.sources:
                    self.sources[path] = Source((ROOT / path).read_text(encoding="utf-8"), str(ROOT / path))
                source = self.sources[path]
                chosen += [(path, mutant) for mutant in source.mutants if not line or mutant.line == int(line)]
        if options.sample:
            chosen = random.Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
        self.chosen = [(path, mutant, self.pairs(path, mutant)) for path, mutant in chosen]

    def pairs(self, path, mutant):
        """The functions that the mutant changes; None if it changes what runs as the engine is loaded."""
        source = self.sources[path]
        if not mutant.in_lambda and self.reach.on_loading(path, mutant.lines[0]):
            return None
        return trials.changed_functions(source.compiled(), source.compiled(mutant))

    def run(self):
        """Those first that take little time."""
        self.tried, self.survivors = in_a_child(self.try_warm)
        self.try_all([each for each in self.chosen if each[2] is None], self.afresh)

    def try_warm(self):
        mutants = [each for each in self.chosen if each[2] is not None]
        if mutants:
            trials.collect(self.all_tests, lambda warm: self.try_all(mutants, warm.start))
        return self.tried, self.survivors

    def try_all(self, mutants, start):
        waiting, running = mutants[::-1], []
        while waiting or running:
            while waiting and len(running) < self.jobs:
                path, mutant, pairs = waiting.pop()
                tests, seconds = self.tests(path, mutant, pairs is None)
                if tests:
                    running.append((start(path, mutant, pairs, tests, 5 + int(5 * seconds)), path, mutant, pairs))
                else:
                    self.report(path, mutant, "no test reaches it")
            time.sleep(0.002)
            for each in running[:]:
                trial, path, mutant, pairs = each
                if (ended := trial.ended()) is None:
                    continue
                running.remove(each)
                test = ended.strip()
                if test in self.reach.seconds:
                    if not self.is_fit(test, start, path, pairs):
                        waiting.append((path, mutant, pairs))
                        continue
                    self.killers.setdefault((path, mutant.function), {})[test] = True
                self.report(path, mutant, None if ended else "survives")

    def tests(self, path, mutant, on_loading):
        """(tests to try a mutant by, their seconds): those that killed one of the same function, some that differ, any."""
        ranges = mutant.lines_on_loading if on_loading else mutant.lines
        reached = next(filter(None, (self.reach.of(path, lines) for lines in ranges)), [])
        named = self.reach.named(mutant.words if on_loading else mutant.function.split("_"))[:MOST_AFRESH]
        killers = list(self.killers.get((path, mutant.function), ()))[::-1]
        varied = self.reach.varied(path, reached, mutant.lines_near)
        return self.reach.chosen([*named, *reached] if on_loading else reached, self.budget, [*killers, *named, *varied])

    def afresh(self, path, mutant, pairs, tests, seconds):
        module = path.removesuffix(".py").replace("/", ".")
        return trials.afresh(module, str(ROOT / path), self.sources[path].compiled(mutant), tests[:MOST_AFRESH], seconds + 20)

    def is_fit(self, test, start, path, pairs):
        """Whether a test passes in a process of its own when nothing is changed; if not, it is asked no more."""
        key = (test, pairs is None)
        if key not in self.fit:
            trial = start(path, None, pairs and [], [test], 60)
            while (ended := trial.ended()) is None:
                time.sleep(0.01)
            self.fit[key] = not ended
        if not self.fit[key]:
            self.reach.seconds.pop(test, None)
        return self.fit[key]

    def report(self, path, mutant, fate):
        self.tried[path] += 1
        if fate:
            self.survivors[path] += 1
            print(f"{path}:{mutant.line}: {mutant.text}: {fate}", file=OUT, flush=True)
        if self.tried.total() % 50 == 0:
            print(f"{self.tried.total()} of {len(self.chosen)}, {self.survivors.total()} survive", file=sys.stderr, flush=True)

    def summary(self):
        for path, count in self.tried.items():
            print(f"{path}: {count - self.survivors[path]} of {count} killed", file=OUT)
        tried, left = self.tried.total(), self.survivors.total()
        print(f"{tried - left} of {tried} killed, {1 - left / max(tried, 1):.1%}", file=OUT, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Look which small faults no test notices.")
    parser.add_argument("files", nargs="*", help="a file, or file:line; the rules, the walks and the core if none is given")
    parser.add_argument("--sample", type=int, help="so many of the mutants, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=20.0, help="of tests, at most, for one mutant")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="what pytest is told to collect")
    parser.add_argument("--reach", default=".reach", help="the file of what was measured; it is made if it is not there")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.chdir(ROOT)
    os.dup2(2, 1)
    if not os.path.exists(options.reach):
        in_a_child(lambda: measure(options))
    session = Session(options)
    session.run()
    session.summary()


if __name__ == "__main__":
    main()
