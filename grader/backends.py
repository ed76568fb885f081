"""Which library runs the model: decided by what is there, never by a stopwatch.

OpenVINO where it is installed and the model runs on the processor: it is faster there than torch,
and starts without it (docs/performance.md has the figures). Everywhere else torch.
"""

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from grader.errors import ModelMissingError
from grader.processor import has_native_bf16, threads
from grader.weights import Weights, locate

if TYPE_CHECKING:
    from grader.openvino_encoder import OpenVinoEncoder
    from grader.sentence_encoder import SentenceEncoder

TORCH = "torch"
OPENVINO = "openvino"
BACKENDS = (TORCH, OPENVINO)

_GRAPH_DTYPES = ("float32", "bfloat16")


def load_any(
    model: str | None = None,
    device: str | None = None,
    dtype: str | None = None,
    backend: str | None = None,
    cache_folder: Path | None = None,
) -> "SentenceEncoder | OpenVinoEncoder":
    """Load an encoder with the backend asked for, or the one that suits the machine.

    Args:
        model: as `grader.sentence_encoder.load_encoder` takes it.
        device: likewise.
        dtype: likewise.
        backend: one of `BACKENDS`; None for OpenVINO where it serves, else torch.
        cache_folder: where graphs are kept; without one only torch serves.

    Raises:
        ModelMissingError: the model, device or backend is not there.
        ModelRefusedError: the default weights were altered.
        ValueError: a device, dtype or backend that is none.
    """
    if backend is not None and backend not in BACKENDS:
        raise ValueError(f"backend {backend!r} is none of {', '.join(BACKENDS)}")
    weights = locate(model)
    if backend != TORCH:
        hindrance = _hindrance(device, dtype, cache_folder, asked=backend is not None)
        if hindrance is None and cache_folder is not None:
            kind = dtype or ("bfloat16" if has_native_bf16() else "float32")
            found = _graph(weights, kind, cache_folder)
            if not isinstance(found, str):
                return found
            hindrance = found
        if backend == OPENVINO:
            raise ModelMissingError(weights.name, f"OpenVINO cannot run it: {hindrance}")
    from grader.sentence_encoder import load_weights

    return load_weights(weights, device, dtype)


def _hindrance(
    device: str | None, dtype: str | None, cache_folder: Path | None, *, asked: bool
) -> str | None:
    """Why OpenVINO does not serve; None if it may."""
    if find_spec("openvino") is None:
        return "it is not installed; get it with: pip install 'questionbank[openvino]'"
    if device not in (None, "cpu"):
        return f"it runs on the processor, not on {device}"
    if device is None and not asked and may_have_gpu():
        return "there is a graphics processor"
    if dtype not in (None, *_GRAPH_DTYPES):
        return f"it does not compute in {dtype}"
    if cache_folder is None:
        return "it needs a cache folder to keep the model's graph in"
    return None


def openvino_serves(cache_folder: Path | None) -> bool:
    """Tell whether OpenVINO can be asked for on the processor."""
    return _hindrance("cpu", None, cache_folder, asked=True) is None


def may_have_gpu() -> bool:
    """Tell whether torch might find a graphics processor, without importing it."""
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    try:
        if version("torch").endswith("+cpu"):
            return False
    except PackageNotFoundError:
        return False
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def _graph(weights: Weights, dtype: str, folder: Path) -> "OpenVinoEncoder | str":
    """The model as a graph, made if need be; or why it is none."""
    from grader.openvino_encoder import OpenVinoEncoder
    from grader.openvino_graph import make_graph, place_of, read_record

    place = place_of(weights, dtype, folder)
    record = read_record(place)
    if record is None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Of several processes that start at once, one makes it and the others wait. The one for
            # a second look is made beside it, so that nobody waits for it amid a quiz.
            with FileLock(place.with_name(place.name + ".lock")):
                record = read_record(place) or make_graph(weights, dtype, place)
                exact = place_of(weights, "float32", folder)
                if exact != place and read_record(exact) is None:
                    make_graph(weights, "float32", exact)
        except OSError as error:
            return f"its graph cannot be kept in {folder} ({error.strerror or error})"
    if record.refused:
        return record.refused
    return OpenVinoEncoder(place, record, weights, threads())
