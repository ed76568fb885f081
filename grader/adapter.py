"""The adapter of the default encoder: small matrices that are added to its weights.

Each adapted weight W, float32 [out, in], becomes W + alpha / rank * B A, with A [rank, in] and
B [out, rank] (LoRA, Hu et al. 2021). It is merged once on loading, so encoding costs the same.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from grader.errors import ModelMissingError
from grader.rubric import Record

SHIPPED = Path(__file__).with_name("adapter.safetensors")
MAX_BYTES = 2_000_000

_KEY = "record"
_REINSTALL = "reinstall questionbank"

Matrix = npt.NDArray[np.float32]
"""float32 [out, in] once merged; [rank, in] or [out, rank] in the file."""


class AdapterRecord(Record):
    """What an adapter belongs to, and how it came about."""

    base: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the weights it was trained on; it fits no others."""
    rank: int = Field(ge=1)
    alpha: float = Field(gt=0)
    targets: tuple[str, ...] = Field(min_length=1)
    """Names that an adapted module's path ends in."""
    created: str
    """Date, ISO 8601."""
    data: tuple[str, ...]
    """What it was trained on."""
    settings: dict[str, float]
    """Steps, learning rate and the like."""
    note: str = ""


def read_record(path: Path = SHIPPED) -> AdapterRecord:
    """Read what an adapter says of itself.

    Raises:
        ModelMissingError: it is not there, or is no adapter.
    """
    try:
        with safe_open(path, framework="np") as file:
            return AdapterRecord.model_validate_json((file.metadata() or {}).get(_KEY, ""))
    except (OSError, SafetensorError, ValidationError) as error:
        raise _refused(path, error) from error


def read_deltas(path: Path = SHIPPED) -> dict[str, Matrix]:
    """Read an adapter as what is to be added to each weight.

    Returns:
        float32 [out, in] by the path of the module whose weight it changes.

    Raises:
        ModelMissingError: it is not there, or is no adapter.
    """
    record, parts = read_record(path), read_parts(path)
    factor = np.float32(record.alpha / record.rank)
    try:
        modules = sorted({name.rpartition(".")[0] for name in parts})
        return {name: factor * (parts[f"{name}.b"] @ parts[f"{name}.a"]) for name in modules}
    except (KeyError, ValueError) as error:
        raise _refused(path, error) from error


def read_parts(path: Path = SHIPPED) -> dict[str, Matrix]:
    """Read an adapter's low-rank parts.

    Returns:
        `<module>.a` float32 [rank, in] and `<module>.b` float32 [out, rank].

    Raises:
        ModelMissingError: it is not there, or is no adapter.
    """
    try:
        with safe_open(path, framework="np") as file:
            return {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, ValueError) as error:
        raise _refused(path, error) from error


def write_adapter(path: Path, parts: Mapping[str, Matrix], record: AdapterRecord) -> None:
    """Write an adapter in half precision.

    Args:
        path: the file.
        parts: `<module>.a` float32 [rank, in] and `<module>.b` float32 [out, rank].
        record: what it says of itself.

    Raises:
        ValueError: it is larger than `MAX_BYTES`.
    """
    narrow = {name: np.ascontiguousarray(part, dtype=np.float16) for name, part in parts.items()}
    # One entry: of several, the library does not keep the order.
    content = save(narrow, metadata={_KEY: record.model_dump_json()})
    if len(content) > MAX_BYTES:
        raise ValueError(f"an adapter of {len(content):,} bytes is too large to ship")
    path.write_bytes(content)


def _refused(path: Path, error: Exception) -> ModelMissingError:
    reason = f"it is no adapter that can be read ({type(error).__name__}); {_REINSTALL}"
    return ModelMissingError(str(path), reason)
