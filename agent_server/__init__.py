"""A voice agent that people host themselves, speaking the Agent WebSocket protocol."""

import os
from typing import Final

VERSION: Final = "0.1.0"
DEFAULT_PORT: Final = 8765

# onnxruntime sends usage data with the number of this device to its maker unless this is set when
# it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
