"""One mutant is tried in a process of its own: forked from one that has collected the tests and made no call yet, so that a
trial takes a few hundredths of a second."""

import gc
import inspect
import os
import resource
import signal
import sys
import time
import types
from importlib.machinery import ModuleSpec

import pytest
from _pytest.runner import runtestprotocol

MEMORY = 8 << 30
QUIET = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q", "--no-header", "--no-summary", "--tb=native"]


def without_inner(code):
    return code.replace(co_consts=tuple(constant for constant in code.co_consts if not isinstance(constant, types.CodeType)))


def changed_functions(old, new):
    """The functions that differ, as (old, new) code objects; None if they can't be exchanged once the module is loaded."""
    inner = [[c for c in code.co_consts if isinstance(c, types.CodeType)] for code in (old, new)]
    found = [] if len(inner[0]) == len(inner[1]) else None
    if old.co_flags & inspect.CO_NEWLOCALS and old.co_flags & inspect.CO_OPTIMIZED:
        found = [(old, new)] if old.co_freevars == new.co_freevars else None
    elif without_inner(old) != without_inner(new):
        found = None  # the body of a module or of a class
    for a, b in zip(*inner):
        if found is not None and a != b:
            below = changed_functions(a, b)
            found = None if below is None else found + below
    return found


def collect(tests, act):
    """Let pytest collect the tests, then do `act(warm)` instead of running them."""
    pytest.main([*tests, *QUIET], plugins=[Warm(act)])


class Warm:
    """What a process has that has collected the tests: the items by name, and the functions by their code."""

    def __init__(self, act):
        self.act, self.functions = act, {}

    def pytest_runtestloop(self, session):
        self.items = {item.nodeid: item for item in session.items}
        gc.unfreeze()  # conftest.py has frozen what is collected, which hides it from a search
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                self.functions.setdefault(each.__code__, []).append(each)
        gc.collect()
        gc.freeze()
        self.act(self)
        return True

    def start(self, path, mutant, pairs, tests, seconds):
        """A trial of the functions as changed, by these tests."""
        return Trial(lambda answer: self.run(pairs, tests, answer), seconds)

    def run(self, pairs, tests, answer):
        for old, new in pairs:
            for function in self.functions.get(old, ()):
                function.__code__ = new
        for test in tests:
            if any(report.failed for report in runtestprotocol(self.items[test], log=False, nextitem=None)):
                answer(test)
                return


class Trial:
    """A forked process, which ends by itself or is ended after so many seconds of work, or six times as many of waiting."""

    def __init__(self, work, seconds):
        self.deadline = time.monotonic() + 6 * seconds
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self.be(work, writing, seconds)
        os.close(writing)
        self.reading = reading

    def be(self, work, writing, seconds):
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nothing, descriptor)
            work(lambda text: os.write(writing, text.encode()))
            code = 0
        finally:
            os._exit(code)

    def ended(self):
        """The test that failed, or how else the process ended; "" if all is well, None while it runs."""
        if time.monotonic() > self.deadline:
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        else:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                return None
        with os.fdopen(self.reading) as answer:
            return answer.read() or (f"exit {os.waitstatus_to_exitcode(status)}" if status else "")


def afresh(module, path, code, tests, seconds):
    """A trial that loads the engine anew, with the code given for one module: for what runs as a module is loaded."""

    def work(answer):
        sys.meta_path.insert(0, Mutated(module, path, code))
        if pytest.main([*tests, "-x", *QUIET], plugins=[Teller(answer)]) != 0:
            answer(" ")  # also where the engine or the tests can't be loaded

    return Trial(work, seconds)


class Teller:
    """Tells the name of the test that failed."""

    def __init__(self, answer):
        self.answer = answer

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.answer(report.nodeid)


class Mutated:
    """The finder and loader of one module, whose code is given."""

    def __init__(self, module, path, code):
        self.module, self.path, self.code = module, path, code

    def find_spec(self, name, path=None, target=None):
        if name != self.module:
            return None
        spec = ModuleSpec(name, self, origin=self.path)
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.code, module.__dict__)
