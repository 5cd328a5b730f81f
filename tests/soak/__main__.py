"""The command."""

import argparse
import faulthandler
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: a product's bits depend on how many threads share it


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, help="how long the threads run; without it loops are measured")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--share", type=float, default=1.0, help="of the steps of each loop")
    options = parser.parse_args()
    faulthandler.enable()
    import autodiff as ad

    from . import growth, sharing

    print(ad.build_info(), flush=True)
    if options.minutes is None:
        return min(len(growth.report(options.share)), 1)
    before = growth.megabytes()
    count, faults = sharing.soak(60 * options.minutes, options.threads)
    memory = "" if before is None else f", {growth.megabytes() - before:+.1f} MB"
    print(f"{options.threads} threads, {options.minutes:g} minutes: {count} pieces of work, {len(faults)} faults{memory}")
    for fault in faults[:5]:
        print(fault)
    return min(len(faults), 1)


if __name__ == "__main__":
    sys.exit(main())
