"""Nothing is reported to the makers of the libraries."""

import os
import subprocess
import sys

from .programs import ROOT


def test_onnxruntime_makes_no_number_for_this_device(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run(
        [sys.executable, "-c", "import agent_server.onnx"],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=200,
    )
    assert list(tmp_path.iterdir()) == []
