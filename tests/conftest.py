"""For every test."""

import gc
import os
import sys

import leaks
import pytest
from hypothesis import HealthCheck, settings

from autodiff import pytest_plugin

collect_ignore = ["course_code", "explained"]  # programs that tests run, not tests


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("autodiff"):  # on a bare clone nothing has installed the plugin
        config.pluginmanager.register(pytest_plugin, "autodiff")
    if getattr(config.option, "numprocesses", None):  # each worker has one core: threads of BLAS would wait
        os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))


def pytest_collection_finish(session):
    """Leave what the modules and the collected tests hold out of each later collection of garbage, of which tests ask many."""
    gc.collect()
    gc.freeze()


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("ci", max_examples=250, derandomize=True, database=None, **QUIET)
settings.register_profile("round", max_examples=500, database=None, **QUIET)  # `python -m tests.fuzz --programs`
settings.register_profile("hour", max_examples=20_000, print_blob=True, **QUIET)
settings.load_profile("ci")


# -- nothing is left behind (leaks.py) ---------------------------------------------------------------------------------------


def pytest_addoption(parser):
    parser.addoption("--leaks", action="store_true", help="look at what the engine keeps after each test, not after each file")


BEFORE = pytest.StashKey()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    item.stash[BEFORE] = leaks.state()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """Fail a test that left something behind, once its fixtures have ended."""
    result = yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")  # which keeps its figures, and warns of more than 20
    left = leaks.differences(item.stash[BEFORE], leaks.state())
    if item.config.getoption("--leaks") or nextitem is None or nextitem.path != item.path:
        left += [f"the engine keeps {type(x).__name__} {x!r:.100}" for x in leaks.kept()]
        left += [f"a node is marked: {x!r:.100}" for x in leaks.marked()]
    if left:
        pytest.fail("It left behind:\n  " + "\n  ".join(left), pytrace=False)
    return result
