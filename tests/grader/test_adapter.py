from datetime import date
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from grader.adapter import (
    MAX_BYTES,
    SHIPPED,
    AdapterRecord,
    read_deltas,
    read_record,
    write_adapter,
)
from grader.errors import ModelMissingError
from grader.weights import DEFAULT_DIGEST


def record(**changes: object) -> AdapterRecord:
    content = {
        "base": "a" * 64,
        "rank": 2,
        "alpha": 4.0,
        "targets": ("query",),
        "created": "2026-01-02",
        "data": ("none",),
        "settings": {"steps": 1.0},
        **changes,
    }
    return AdapterRecord.model_validate(content)


def test_the_shipped_adapter_says_what_it_is_and_fits_the_repository() -> None:
    found = read_record()
    assert (found.base, found.rank, found.alpha) == (DEFAULT_DIGEST, 8, 16.0)
    assert date.fromisoformat(found.created)
    assert len(found.data) == 63
    assert SHIPPED.stat().st_size <= MAX_BYTES
    deltas = read_deltas()
    assert {name.rpartition(".")[2] for name in deltas} == set(found.targets)
    assert all(np.isfinite(delta).all() and delta.any() for delta in deltas.values())


def test_a_delta_is_the_scaled_product_of_its_parts(tmp_path: Path) -> None:
    a = np.array([[1, 2, 3], [0, 1, 0]], dtype=np.float32)
    b = np.array([[1, 0], [0, 2]], dtype=np.float32)
    write_adapter(tmp_path / "x", {"one.query.a": a, "one.query.b": b}, record())
    assert read_record(tmp_path / "x") == record()
    assert read_deltas(tmp_path / "x")["one.query"].tolist() == [[2, 4, 6], [0, 4, 0]]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    parts = {f"m{n}.{side}": np.ones((2, 2), np.float32) for n in range(4) for side in "ab"}
    write_adapter(tmp_path / "x", parts, record())
    write_adapter(tmp_path / "y", parts, record())
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


def test_too_large_an_adapter_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too large"):
        write_adapter(tmp_path / "x", {"m.a": np.ones((1100, 1000), np.float32)}, record())
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"nonsense",
        save({"m.a": np.ones((1, 1), np.float32)}),
        save({"m.a": np.ones((1, 1), np.float32)}, metadata={"record": '{"base": "x"}'}),
    ],
    ids=["missing", "no-safetensors", "no-record", "broken-record"],
)
def test_what_is_no_adapter_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)
    with pytest.raises(ModelMissingError, match="no adapter that can be read"):
        read_deltas(tmp_path / "x")


def test_half_an_adapter_is_refused(tmp_path: Path) -> None:
    write_adapter(tmp_path / "x", {"m.a": np.ones((2, 2), np.float32)}, record())
    with pytest.raises(ModelMissingError, match="KeyError"):
        read_deltas(tmp_path / "x")
