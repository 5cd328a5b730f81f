"""The engine neither needs scipy nor imports it unasked; its name is there all the same."""

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["scipy"] = None  # as if it were not installed
import autodiff as ad
assert "scipy" in dir(ad) and ad.scipy.special.__name__ == "autodiff.scipy.special"
assert ad.grad(ad.gammaln)(2.0) > 0.4
try:
    ad.scipy.special.erfinv(ad.Value(0.3))
except ImportError as error:
    print(error)
"""


def test_without_scipy():
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "erfinv needs scipy: pip install scipy."


def test_it_is_not_imported_unasked():
    program = "import sys, autodiff as ad; ad.grad(ad.sigmoid)(1.0); ad.scipy; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
