"""What `grade --profile` says: where the time went, and how near the machine's limit it was."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.peak import Peak

STAGES = {
    "file": "reading the file",
    "copies": "looking for near-copies",
    "reading": "splitting and screening",
    "encoding": "encoding",
    "rubrics": "preparing rubrics",
    "deciding": "features and verdicts",
    "second look": "second look, in float32",
    "writing": "writing",
}
"""Names of the stages, in the order of the way; those of `grader.stages` and of the command."""


def profile_lines(
    seconds: Mapping[str, float],
    wall: float,
    answers: int,
    tokens: int,
    work: int | None,
    peak: "Peak | None",
    again: int = 0,
) -> Iterator[str]:
    """Word a profile, line by line.

    Args:
        seconds: by stage; stages overlap, so they may add up to more than `wall`.
        wall: seconds from the first row to the last line.
        answers: graded.
        tokens: embedded, padding left out.
        work: operations a token costs; None if that is not known.
        peak: the machine's fastest matrix product; None if no model was asked.
        again: tokens embedded beside those for the second look, padding left out.
    """
    wall = max(wall, 1e-9)
    what = "1 answer" if answers == 1 else f"{answers:,} answers"
    yield f"{what} in {wall:.1f} s, {answers / wall:.1f} a second"
    yield "stages (they overlap):"
    for name, title in STAGES.items():
        if name in seconds:
            yield f"  {title:<24} {seconds[name]:8.2f} s  {seconds[name] / wall:5.1%}"
    if not tokens or peak is None:
        return
    more = f"; {again:,} more in the second look" if again else ""
    yield f"{tokens:,} tokens, {tokens / wall:,.0f} a second{more}"
    yield (
        f"peak of this machine: {peak.rate / 1e9:,.0f} GFLOP/s "
        f"({peak.dtype} matrix product, {peak.device}, {peak.threads} threads)"
    )
    if work is not None:
        first, both = (count * work / wall for count in (tokens, tokens + again))
        without = f" ({first / peak.rate:.0%} without the second look)" if again else ""
        yield f"useful work: {both / 1e9:,.0f} GFLOP/s, {both / peak.rate:.0%} of the peak{without}"
