"""Loads a model for onnxruntime."""

import onnxruntime


def load(model: bytes | str) -> onnxruntime.InferenceSession:
    """Load a model from its bytes or its path.

    Each call uses one thread: conversations run in parallel instead.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # Errors.
    # These features keep memory for each length of audio that was ever processed.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
