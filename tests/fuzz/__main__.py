"""The command: workers make the calls; one that dies is named with the call, and the next goes on behind it."""

import argparse
import collections
import faulthandler
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def work(first, last):
    """Make the calls of some seeds in this process; print the seed before each, and what is wrong with it."""
    from .calls import made
    from .judge import SECONDS, judged

    faulthandler.enable()
    limit_memory()
    os.chdir(tempfile.mkdtemp())
    for seed in range(first, last):
        print(f"@{seed}", flush=True)
        faulthandler.dump_traceback_later(2 * SECONDS, exit=True)  # where an alarm is not heard
        call = made(seed)
        fault = judged(call)
        if fault:
            print(f"{seed}\t{call.text[:200]}\t{fault}".replace("\n", " "), flush=True)


def limit_memory(gigabytes=6):
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (gigabytes << 30, gigabytes << 30))


def run(first, count):
    """(how many calls were made, the faults as (seed, call, fault))."""
    faults, seed, last = [], first, first + count
    while seed < last:
        command = [sys.executable, "-m", "tests.fuzz", "--worker", str(seed), str(last)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed with the worker
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        now = seed
        for line in worker.stdout:
            if re.fullmatch(r"@\d+\n", line):
                now = int(line[1:])
            elif line.count("\t") == 2:
                number, call, fault = line.rstrip("\n").split("\t")
                faults.append((int(number), call, fault))
                print(f"{number}: {call}\n    {fault}", flush=True)
        if worker.wait() == 0:
            break
        errors.seek(0)
        faults.append((now, "?", f"the process ended with exit {worker.returncode}"))
        print(f"{now}: the process ended with exit {worker.returncode}\n{errors.read()[-1500:]}", flush=True)
        seed = now + 1
    return faults


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--programs", type=int, help="as many random programs for each property, instead of calls")
    parser.add_argument("--minutes", type=float, help="no new round of programs begins after these")
    parser.add_argument("--seed", type=int, default=0, help="of the first call, or round of programs; each has the next one")
    parser.add_argument("--worker", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work(*options.worker)
    if options.programs:
        from . import differential

        done, failed = differential.run(ROOT, options.seed, options.programs, options.minutes)
        print(f"{done} programs for each property: {len(failed)} rounds failed, of the seeds {[seed for seed, _ in failed]}")
        return min(len(failed), 1)
    import autodiff as ad

    faults = run(options.seed, options.calls)
    kinds = collections.Counter(re.split(r"[:,]", fault)[0] for _, _, fault in faults)
    print(f"{options.calls} calls, {ad.build_info()}: {len(faults)} faults {dict(kinds)}")
    return min(len(faults), 1)


if __name__ == "__main__":
    sys.exit(main())
