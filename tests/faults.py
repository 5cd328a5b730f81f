"""Faults on purpose, as SQLite tests itself: the n-th line is interrupted, the disk is full after n bytes, for n = 1, 2, 3, ...

After each the caller checks what must hold.
"""

import itertools
import sys
from contextlib import contextmanager


def interrupted(action, *modules):
    """Run `action()` again and again. Each time Ctrl-C comes one line later in these modules. Yields the number of the line,
    after each run that was interrupted."""
    files = {module.__file__ for module in modules}
    for n in itertools.count(1):
        left = n

        def trace(frame, event, argument):
            nonlocal left
            if frame.f_code.co_filename not in files:
                return None
            if event == "line":
                left -= 1
                if not left:
                    raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            action()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        if left > 0:
            return
        yield n


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
