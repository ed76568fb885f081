"""The devices that torch finds on this machine, and the type of numbers that suits each."""

import re
from typing import Any

from grader.processor import has_native_bf16
from grader.quiet import quiet

DEVICES = ("cuda", "mps", "cpu")


def is_device(name: str) -> bool:
    """Tell whether this names a device: one of `DEVICES`, or `cuda:1` for a certain card."""
    return name in DEVICES or re.fullmatch(r"cuda:\d{1,3}", name) is not None


def available_devices() -> list[str]:
    """List those of `DEVICES` that are there, the fastest first."""
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [device for device in DEVICES if present.get(device, True)]


def cuda_cards() -> list[str]:
    """Name the CUDA cards of this machine: `cuda:0` and so on; none where there are none."""
    with quiet():
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [f"cuda:{number}" for number in range(count)]


def best_dtype(device: str) -> str:
    """Choose the type that a device multiplies fast and that keeps the most digits.

    Decided by what the hardware says and never by a stopwatch: two runs must not differ.
    """
    if device != "cpu":
        # As fast as bfloat16 there, of which it has eight times the digits.
        return "float16"
    # Without oneDNN, torch emulates bfloat16, slower than float32.
    native = _has_onednn() and has_native_bf16()
    return "bfloat16" if native else "float32"


def _has_onednn() -> bool:
    import torch

    backend: Any = torch.backends.mkldnn
    return bool(backend.is_available())
