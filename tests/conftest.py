"""The plugin that an installed autodiff brings along, also where the tests run on a bare clone."""

from autodiff import pytest_plugin


def pytest_configure(config):
    if not config.pluginmanager.has_plugin("autodiff"):
        config.pluginmanager.register(pytest_plugin, "autodiff")
