"""How fast this machine multiplies matrices: what the speed of encoding is held against."""

import time
from typing import TYPE_CHECKING, NamedTuple

from grader.processor import has_native_bf16, let_waiting_threads_sleep, threads

if TYPE_CHECKING:
    import torch

_SHAPES = ((512, 1536, 384), (512, 384, 1536), (1024, 1024, 1024))
"""Rows, columns and what is summed over: those of the model's own products, and a plain one."""
_SECONDS = 0.5
"""How long each shape is tried; the fastest go counts."""


class Peak(NamedTuple):
    """The fastest product seen."""

    rate: float
    """Multiplications and additions a second, all threads together."""
    dtype: str
    threads: int
    device: str


def measure_peak(device: str = "cpu") -> Peak:
    """Multiply matrices for a second or two.

    Args:
        device: `cpu`, `cuda` or `mps`.

    Returns:
        The rate in bfloat16 where the processor has it, in float32 where not; on a graphics
        processor in half precision.
    """
    let_waiting_threads_sleep()
    import torch

    narrow = torch.bfloat16 if has_native_bf16() else torch.float32
    kind = narrow if device == "cpu" else torch.float16
    count = threads()
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    best = 0.0
    grow = 1 if device == "cpu" else 8
    try:
        for rows, columns, depth in _SHAPES:
            size = (rows * grow, columns * grow, depth * grow)
            left = torch.ones((size[0], size[2]), dtype=kind, device=device)
            right = torch.ones((size[1], size[2]), dtype=kind, device=device)
            taken = _fastest(left, right, device)
            best = max(best, 2.0 * size[0] * size[1] * size[2] / taken)
    finally:
        torch.set_num_threads(before)
    return Peak(best, str(kind).removeprefix("torch."), count, device)


def _fastest(left: "torch.Tensor", right: "torch.Tensor", device: str) -> float:
    """Seconds of the fastest product of two matrices, the second one turned."""
    import torch

    best = float("inf")
    until = time.perf_counter() + _SECONDS
    with torch.inference_mode():
        while time.perf_counter() < until:
            began = time.perf_counter()
            for _ in range(4):
                torch.nn.functional.linear(left, right)
            if device == "cuda":
                torch.cuda.synchronize()
            elif device == "mps":
                torch.mps.synchronize()
            best = min(best, (time.perf_counter() - began) / 4)
    return best
