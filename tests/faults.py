"""Faults on purpose, as SQLite tests itself: the n-th line is interrupted, the disk is full after n bytes, for n = 1, 2, 3, ...

After each the caller checks what must hold.
"""

import errno
import itertools
import sys
from contextlib import ExitStack, contextmanager, suppress
from unittest import mock


def interrupted(action, is_ours, is_place=lambda code, event, line: event == "line", turns=(0, -1), every=1):
    """Run `action()` again and again, whole at first and at the end. In between Ctrl-C comes at each place (`is_place`) of the
    code that `is_ours`: the first time and the last time that it runs, or in other `turns`; of these, at one in `every`. Yields
    the number of the step, after each run that was interrupted."""
    runs, numbers = {}, itertools.count(1)

    def run(is_traced, step):
        """Run with `step(place)` before each place in the code that `is_traced`."""

        def trace(frame, event, argument):
            code = frame.f_code
            if not is_traced(code):
                return None
            if is_place(code, event, frame.f_lineno):
                step((code, event, frame.f_lineno))
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            action()
        finally:
            sys.settrace(before)

    run(is_ours, lambda place: runs.setdefault(place, []).append(next(numbers)))
    for n, place, turn in sorted({(steps[k], place, k % len(steps)) for place, steps in runs.items() for k in turns})[::every]:
        left = itertools.count(turn, -1)

        def stop(reached, place=place, left=left):
            if reached == place and not next(left):
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            run(lambda code, traced=place[0]: code is traced, stop)  # to trace all code takes many times as long
        yield n
    action()


def of(*modules):
    """Whether code stands in one of these modules."""
    files = {module.__file__ for module in modules}
    return lambda code: code.co_filename in files


CALLS = {  # those of a program that writes files; not `unlink`, by which it takes away what it has begun
    "os": ("open", "close", "fsync", "replace", "stat", "fstat", "chmod", "access", "urandom"),
    "builtins": ("open",), "io": ("open",),
}  # fmt: skip
METHODS = ("write", "writelines", "flush", "close", "truncate")


class Failing:
    """A file whose methods count among the calls."""

    def __init__(self, file, count):
        self.file, self.count = file, count

    def __getattr__(self, name):
        method = getattr(self.file, name)
        return self.count(method, f"file.{name}") if name in METHODS else method

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.close()

    def __iter__(self):
        return iter(self.file)


def failing(action):
    """Run `action()` again and again. Each time one call later of those that write files fails with an OSError: its file is
    closed then, and nothing is written. Yields (which call, the exception of the action or None), after each run."""
    for n in itertools.count(1):
        left, failed = n, None

        def count(function, name):
            def counted(*args, **options):
                nonlocal left, failed
                left -= 1
                if left == 0:
                    failed = name
                    if name.endswith("close"):
                        function(*args, **options)
                    raise OSError(errno.EIO, f"{name} fails on purpose")
                result = function(*args, **options)
                return Failing(result, count) if name == "open of a file" else result

            return counted

        with ExitStack() as stack:
            for module, names in CALLS.items():
                for name in names:
                    kind = "open of a file" if module != "os" and name == "open" else f"{module}.{name}"
                    function = getattr(sys.modules[module], name)
                    stack.enter_context(mock.patch.object(sys.modules[module], name, count(function, kind)))
            try:
                action()
                error = None
            except OSError as raised:
                error = raised
        if failed is None:
            return
        yield failed, error


@contextmanager
def disk_full_after(size):
    """No file may grow beyond so many bytes inside this block."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY if hard == resource.RLIM_INFINITY else hard, hard))
