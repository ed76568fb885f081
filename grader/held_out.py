"""Sentences of a rubric left out of it, so that it can be asked what it makes of them."""

from collections.abc import Iterator
from typing import NamedTuple

from grader.rubric import Point, Rubric


class HeldOutSentence(NamedTuple):
    """A sentence that its own point's probes have not seen."""

    point_id: str
    at: int
    """Position in its list."""
    text: str
    is_exemplar: bool
    """Else it is a counterexample."""
    reduced: Rubric
    """The rubric without it."""


def hold_out(rubric: Rubric, *, counterexamples: bool = False) -> Iterator[HeldOutSentence]:
    """Leave each sentence of a rubric out once.

    To fit a rubric once for each place in its lists rather than once for each sentence, one of
    every point is left out at a time: a point's own probes then lack just the one asked about, or
    that and a counterexample.

    Args:
        rubric: whose sentences.
        counterexamples: leave these out as well, and yield them; else they all stay.

    Yields:
        Sentences by place, then point; a point's only exemplar or counterexample is never left out.
    """
    kinds = ("exemplars", "counterexamples") if counterexamples else ("exemplars",)
    longest = max(len(getattr(point, kind)) for point in rubric.points for kind in kinds)
    for at in range(longest):
        left = [{kind: _without(point, kind, at) for kind in kinds} for point in rubric.points]
        reduced = Rubric(
            id=rubric.id,
            version=rubric.version,
            title=rubric.title,
            points=tuple(
                point.model_copy(update=update)
                for point, update in zip(rubric.points, left, strict=True)
            ),
        )
        for point, update in zip(rubric.points, left, strict=True):
            for kind in kinds:
                whole = getattr(point, kind)
                if len(update[kind]) < len(whole):
                    yield HeldOutSentence(point.id, at, whole[at], kind == "exemplars", reduced)


def _without(point: Point, kind: str, at: int) -> tuple[str, ...]:
    """A point's list less one; the whole of it if there is none at that place, or no other."""
    whole: tuple[str, ...] = getattr(point, kind)
    if at >= len(whole) or len(whole) == 1:
        return whole
    return (*whole[:at], *whole[at + 1 :])
