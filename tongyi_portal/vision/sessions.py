"""One ONNX session per model and process, single-threaded, loaded on first use. Pure Python."""

import threading
from pathlib import Path
from typing import Any

from tongyi_portal.vision.model_files import ModelFiles

_sessions: dict[str, Any] = {}
_lock = threading.Lock()
_fetched = Path()


def fetched_models_lie_in(root: Path) -> None:
    """Say where the model files lie that no installed package brings; once, when the process starts."""
    global _fetched  # a fact of the process, like the sessions themselves
    _fetched = root


def model_files() -> ModelFiles:
    """The model files of this process."""
    return ModelFiles(_fetched)


def session(key: str) -> Any:
    """The onnxruntime.InferenceSession of a model.

    key: name in the manifest of model files. The session's `run` may be called from several threads. One
    thread inside: measured on shared cores, two are slower than one; more throughput comes from more
    processes. Raises ModelFileMissing.
    """
    with _lock:
        if key not in _sessions:
            _sessions[key] = _open(model_files().path(key))
        return _sessions[key]


def _open(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
