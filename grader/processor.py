"""What the processor can do, as the system tells it, without a library that computes."""

import os
import platform
from pathlib import Path

NATIVE_BF16 = frozenset({"avx512_bf16", "amx_bf16"})
"""Flags of processors that multiply bfloat16 in hardware."""


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """List what the first processor can do, as Linux names it; empty elsewhere."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return next(
        (frozenset(line.split()) for line in lines if line.startswith("flags")), frozenset()
    )


def has_native_bf16() -> bool:
    """Tell whether the processor multiplies bfloat16 in hardware."""
    return bool(cpu_flags() & NATIVE_BF16)


def threads() -> int:
    """Count the threads to compute with: `OMP_NUM_THREADS` if set, else the cores we may use."""
    said = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if said.isdecimal() and int(said):
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def let_waiting_threads_sleep() -> None:
    """Have threads that wait sleep, not spin: on a busy machine spinning costs most of the speed.

    Read when torch is first imported, so to be called before; another choice of the user's stands.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def processor_name() -> str:
    """Name the processor, for whoever compares figures or keeps what was made for it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    return model or platform.processor() or platform.machine()
