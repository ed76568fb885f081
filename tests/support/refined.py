"""Refinements for tests: made by hand, without fitting."""

from grader.refinement import PointRefinement, Refinement, RefinementRecord, RubricRefinement
from grader.rubric import Rubric


def make_record(
    before: dict[str, float] | None = None, after: dict[str, float] | None = None
) -> RefinementRecord:
    return RefinementRecord(
        data="judged.jsonl",
        digest="0" * 64,
        answers=12,
        labels=24,
        folds=5,
        before=before or {"log_loss": 0.5},
        after=after or {"log_loss": 0.4},
        by_point={},
    )


def make_refinement(
    rubric: Rubric,
    *,
    bias: float = 2.0,
    dim: int = 96,
    base: str = "test-1",
    digest: str = "5" * 64,
    fit: RefinementRecord | None = None,
) -> Refinement:
    """Shifts the first point of a rubric by `bias`, and no other."""
    return Refinement(
        id="own-1",
        created="2026-01-01",
        base=base,
        weights_digest=digest,
        rubrics=(
            RubricRefinement(
                rubric=rubric.id,
                structure_hash=rubric.structure_hash,
                points={
                    rubric.points[0].id: PointRefinement(
                        n=12, bias=bias, slope=0.0, weights=(0.0,) * dim
                    )
                },
                left={point.id: 3 for point in rubric.points[1:]},
            ),
        ),
        fit=fit,
    )
