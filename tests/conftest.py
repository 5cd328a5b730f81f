"""For every test."""

import gc
import itertools
import os
import sys

import leaks
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import none

from autodiff import pytest_plugin
from autodiff.functions import generators

collect_ignore = ["course_code", "explained"]  # programs that tests run, not tests


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("autodiff"):  # on a bare clone nothing has installed the plugin
        config.pluginmanager.register(pytest_plugin, "autodiff")
    if getattr(config.option, "numprocesses", None):  # each worker has one core: threads of BLAS would wait
        os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
        if config.option.dist == "load":  # each takes a half in order, so that most modules have their imports and answers once
            config.option.dist = "worksteal"
    gc.disable()  # until all is collected: what is read and imported stays


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("ci", max_examples=250, derandomize=True, database=None, **QUIET)
settings.register_profile("round", max_examples=500, database=None, **QUIET)  # `python -m tests.fuzz --programs`
settings.register_profile("hour", max_examples=20_000, print_blob=True, **QUIET)
settings.load_profile("ci")


SEARCH = generators.all_generators
SET_ASIDE = []  # the random generators among what is set aside


def set_aside():
    """Leave millions of objects, of the modules, of the tests that are collected and of what is kept since, out of every search
    for garbage from here on, and out of the engine's for random generators; those that it would find there it still finds."""
    gc.collect()
    SET_ASIDE.extend(SEARCH())
    gc.freeze()


def pytest_collection_finish(session):
    given(none())(lambda _: None)()  # Hypothesis makes its own generator, and sees that something refers to it
    sys.modules["autodiff.functions.function"].all_generators = lambda: [*SET_ASIDE, *SEARCH()]
    set_aside()
    gc.enable()
    gc.set_threshold(50_000)  # not 700: tests make many objects and few cycles, and each search is told to Hypothesis


# -- nothing is left behind (leaks.py) ---------------------------------------------------------------------------------------


def pytest_addoption(parser):
    parser.addoption("--leaks", action="store_true", help="look at what the engine keeps after each test, not after many")


BEFORE = pytest.StashKey()
ENDED = itertools.count(1)
MANY = 200  # tests: to look takes longer than most of them


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
    many = next(ENDED) % MANY == 0
    if many or nextitem is None or item.config.getoption("--leaks"):
        left += [f"the engine keeps {type(x).__name__} {x!r:.100}" for x in leaks.kept()]
        left += [f"a node is marked: {x!r:.100}" for x in leaks.marked()]
    if many:
        set_aside()
    if left:
        pytest.fail("It left behind:\n  " + "\n  ".join(left), pytrace=False)
    return result
