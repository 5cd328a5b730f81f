"""For every test: the plugin that an installed autodiff brings along is there on a bare clone too."""

from autodiff import pytest_plugin

collect_ignore = ["course_code"]  # programs that tests run, not tests


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("autodiff"):
        config.pluginmanager.register(pytest_plugin, "autodiff")
