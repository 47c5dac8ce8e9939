"""Loads a model for onnxruntime."""

import onnxruntime


def load(model: bytes | str) -> onnxruntime.InferenceSession:
    """Load a model from its bytes or its path.

    One thread a call: what runs in parallel are the conversations.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # Errors.
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
