"""For every test."""

from hypothesis import HealthCheck, settings

from autodiff import pytest_plugin

collect_ignore = ["course_code", "explained"]  # programs that tests run, not tests


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("autodiff"):  # on a bare clone nothing has installed the plugin
        config.pluginmanager.register(pytest_plugin, "autodiff")


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("ci", max_examples=250, derandomize=True, database=None, **QUIET)
settings.register_profile("hour", max_examples=20_000, print_blob=True, **QUIET)
settings.load_profile("ci")
