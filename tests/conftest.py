"""For every test."""

from autodiff import pytest_plugin

collect_ignore = ["course_code", "explained"]  # programs that tests run, not tests


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("autodiff"):  # on a bare clone nothing has installed the plugin
        config.pluginmanager.register(pytest_plugin, "autodiff")
