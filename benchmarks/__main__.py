"""Print how fast autodiff is, beside numpy by hand and every peer that is installed.

    python benchmarks                       everything
    python benchmarks steps values          some subjects
    python benchmarks --chart speed.svg     a chart too (matplotlib)
    python benchmarks --json figures.json   keep the figures; `--load figures.json` prints and draws them again
    python benchmarks --quick               tiny sizes, two rounds: whether it runs

The autodiff that is installed is measured, which may be compiled; the source of this clone only if none is. (`python -m
benchmarks` would find the clone first.)
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[:] = [*sys.path[1:], str(Path(__file__).parent.parent)]

    from benchmarks.command import main

    main()
