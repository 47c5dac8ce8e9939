"""Runs pytest with a test plugin that was made for an older Home Assistant."""

import sys

import older_names
import pytest


class PrepareWorkers:
    """Prepares the worker processes of pytest-xdist before they load plugins."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_newgateway(self, gateway):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, D102
        gateway.remote_exec(older_names).waitclose()


sys.exit(pytest.main(sys.argv[1:], plugins=[PrepareWorkers()]))
