"""Which devices there are, and which numbers suit them."""

from pathlib import Path

import pytest

from grader import device, processor
from grader.processor import cpu_flags


@pytest.mark.parametrize(
    ("flags", "onednn", "dtype"),
    [
        ("fma avx512_bf16", True, "bfloat16"),
        ("amx_bf16", True, "bfloat16"),
        ("avx512_bf16", False, "float32"),
        ("avx2 fma", True, "float32"),
    ],
)
def test_the_processor_decides_the_dtype(
    flags: str, onednn: bool, dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags : {flags}\n")
    found = cpu_flags(cpuinfo)
    assert set(flags.split()) <= found
    monkeypatch.setattr(processor, "cpu_flags", lambda: found)
    monkeypatch.setattr(device, "_has_onednn", lambda: onednn)
    assert device.best_dtype("cpu") == dtype


def test_a_machine_that_does_not_describe_itself_uses_float32(tmp_path: Path) -> None:
    assert cpu_flags(tmp_path / "none") == frozenset()
    (tmp_path / "odd").write_text("nothing")
    assert cpu_flags(tmp_path / "odd") == frozenset()


def test_graphics_processors_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device.available_devices() == ["cuda", "mps", "cpu"]
    for place in ("cuda", "cuda:1", "mps"):
        assert device.best_dtype(place) == "float16"
