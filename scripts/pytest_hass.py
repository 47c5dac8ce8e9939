"""Runs pytest on a Home Assistant that is newer than the test plugin was made for."""

import sys

import older_names
import pytest


class PrepareWorkers:
    """Gives the processes of pytest-xdist what this process has, before they load plugins."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_newgateway(self, gateway):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, D102
        gateway.remote_exec(older_names).waitclose()


sys.exit(pytest.main(sys.argv[1:], plugins=[PrepareWorkers()]))
