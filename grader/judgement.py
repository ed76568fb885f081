"""What people and the machine say of the same answers, side by side."""

from dataclasses import dataclass

from grader.verdict import Verdict

CLASSES = (Verdict.NOT_MET, Verdict.PARTIAL, Verdict.MET)
"""The verdicts people give, worst first."""
CLASS = {verdict: number for number, verdict in enumerate(CLASSES)} | {Verdict.CONTRADICTED: 0}
"""The number of each class; what is contradicted is not met."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What people and the machine say of one point of one answer."""

    point: str
    human: Verdict
    """`met`, `partial` or `not_met`."""
    machine: Verdict | None
    """With review switched off; None where there is nothing to decide by."""
    probability: float | None
    """Of `met`, 0 to 1; None where no model was asked."""
    confidence: float
    """How far the machine is from deciding otherwise, 0 to 1."""
    review: bool
    """Whether the machine leaves the verdict to a person."""
    raters: tuple[Verdict, ...] = ()
    """What each person said, if several did."""

    @property
    def clear(self) -> bool:
        """Whether people decided, one way or the other."""
        return self.human is not Verdict.PARTIAL


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """One answer, judged by people and by the machine."""

    question: str
    style: str | None
    human: float | None
    """People's score as a share of full marks, 0 to 1; None where they gave none."""
    machine: float | None
    """The machine's, with review switched off; None where it is undecided."""
    judgements: tuple[Judgement, ...]
