"""What `doctor --bench` says of a machine's speed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.bench import Bench, Speed


def bench_facts(bench: "Bench") -> dict[str, object]:
    """A machine's speed as a JSON value.

    Args:
        bench: what was measured.
    """
    return {
        "peak_gflops": round(bench.peak.rate / 1e9, 1),
        "peak_dtype": bench.peak.dtype,
        "device": bench.peak.device,
        "threads": bench.peak.threads,
        "load_average": None if bench.load is None else round(bench.load, 2),
        "sample_answers": bench.answers,
        "sample_tokens": bench.tokens,
        "outside_encoder_ms_an_answer": round(1000 * bench.outside, 3),
        "speeds": [
            {
                "backend": one.way.backend,
                "dtype": one.way.dtype,
                "tokens_a_second": None if one.tokens is None else round(one.tokens),
                "share_of_peak": None if one.share is None else round(one.share, 3),
                "chosen": one.chosen,
                "trouble": one.trouble,
            }
            for one in bench.speeds
        ],
    }


def bench_lines(bench: "Bench") -> Iterator[str]:
    """Word a machine's speed, line by line.

    Args:
        bench: what was measured.
    """
    peak = bench.peak
    yield f"speed, on {bench.answers} built-in answers of {bench.tokens:,} tokens together:"
    yield (
        f"  peak: {peak.rate / 1e9:,.0f} GFLOP/s "
        f"({peak.dtype} matrix product, {peak.device}, {peak.threads} threads)"
    )
    for one in bench.speeds:
        yield f"  {one.way.backend} {one.way.dtype}: {_worded(one)}"
    yield f"  outside the encoder: {1000 * bench.outside:.2f} ms an answer"
    if bench.disturbed:
        yield f"  the machine was busy (load average {bench.load:.1f}): these figures are too low"


def _worded(speed: "Speed") -> str:
    if speed.tokens is None:
        return f"not tried: {speed.trouble}"
    share = "" if speed.share is None else f", {speed.share:.0%} of the peak"
    chosen = "; this is what grades here, and each grade records it" if speed.chosen else ""
    return f"{speed.tokens:,.0f} tokens a second{share}{chosen}"
