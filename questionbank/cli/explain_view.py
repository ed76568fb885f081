"""How a grade came about, to be followed by hand: features, log-odds, thresholds and the sum."""

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from grader.calibration import Calibration, Thresholds
from grader.explanation import Explanation
from grader.fusion import bounded
from grader.grade import Evidence, Grade, PointGrade
from grader.uncalibrated import CONTRADICTED_MARGIN, MET_MARGIN, SPEAKS_OF
from grader.verdict import Flag, Verdict
from questionbank.cli.feature_words import reasons
from questionbank.cli.grade_view import LOOKS, clip
from questionbank.cli.render import Text, safe
from questionbank.explaining import Grounds, grounds_of
from questionbank.instance import Instance
from questionbank.numeric import spell

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 8
"""Features of a point that get a line of their own."""
_UNIT = 10_000
"""Log-odds are added up, and printed, in ten-thousandths."""
_AROUND = 60
"""Characters of the answer shown on each side of the evidence."""
_INDENT = "   "
_FURTHEST = bounded(inf)
_TIMES = "\N{MULTIPLICATION SIGN}"


def explain_view(
    instance: Instance, grade: Grade, known: Sequence[Calibration], answer: str, counts: Grade
) -> list["RenderableType"]:
    """Everything a verdict rests on, point by point, and the sum.

    Args:
        instance: what was asked.
        grade: the machine's.
        known: calibrations at hand; the one the grade names is looked for among them.
        answer: as given.
        counts: the grade as it counts, people's verdicts over the machine's.
    """
    grounds = grounds_of(grade, known)
    lines = [Text("How the grade came about", style="bold")]
    for number, point in enumerate(grade.points, start=1):
        title = instance.rubric.point(point.id).title if instance.rubric else "Your answer"
        _, words, colour = LOOKS[point.verdict]
        head = Text(f"{number}. {safe(title)}: ")
        lines.append(head.append(words, style=f"bold {colour}"))
        explained = _point(point, grade, grounds, answer)
        lines += [Text(safe(_INDENT + line)) for line in explained]
    lines.append(Text(safe(f"Total: {arithmetic(counts)}")))
    return [*lines, ""]


def arithmetic(grade: Grade) -> str:
    """The score as a sum: weight times share, point by point."""
    products = []
    for point in grade.points:
        share = "?" if point.points is None else spell(point.points / point.max_points)
        products.append(f"{spell(point.max_points)} {_TIMES} {share} ({LOOKS[point.verdict][1]})")
    still = " so far" if grade.undecided else ""
    return f"{' + '.join(products)} = {spell(grade.score)} of {spell(grade.max_score)}{still}"


def _point(point: PointGrade, grade: Grade, grounds: Grounds, answer: str) -> list[str]:
    if not point.features or grade.provenance.model is None:
        return [_unweighed(point, grade)]
    explained = grounds.points.get(point.id)
    lines = [_plain_words(point, explained)]
    if point.evidence:
        lines += _evidence(point, point.evidence, answer)
    if explained is None or grounds.calibration is None:
        return [*lines, *_without_sum(point, grade, grounds)]
    lines += _sum(explained, point)
    return [*lines, _follows(point, grade, grounds.calibration.thresholds)]


def _unweighed(point: PointGrade, grade: Grade) -> str:
    if grade.provenance.rubric is None:
        counted = ", ".join(f"{name} {value:g}" for name, value in point.features.items())
        return f"By rule; no model was asked. {counted}".strip()
    why = f" ({', '.join(grade.flags)})" if grade.flags else ""
    return f"There was nothing to weigh{why}; no model was asked."


def _plain_words(point: PointGrade, explained: Explanation | None) -> str:
    """The verdict and what speaks for and against it, for whoever wants no figures."""
    _, words, _ = LOOKS[point.verdict]
    chance = point.probability
    if chance is None:
        return f"{words.capitalize()}, without a probability."
    met = point.verdict is Verdict.MET
    if point.verdict in (Verdict.NEEDS_REVIEW, Verdict.PARTIAL):
        line = f"{words.capitalize()}: met with a probability of {chance:.0%}"
    else:
        line = f"{words.capitalize()}, {_sure(chance if met else 1 - chance)} sure"
    if explained is None:
        return f"{line}."
    speaks, denies = reasons(explained)
    if not met and point.verdict is not Verdict.PARTIAL:
        speaks, denies = denies, speaks
    line += f", because of: {'; '.join(speaks)}." if speaks else "."
    return f"{line} Against that: {'; '.join(denies)}." if denies else line


def _sure(chance: float) -> str:
    """A probability in per cent; nothing is quite certain."""
    return "over 99%" if chance > 0.99 else f"{chance:.0%}"


def _evidence(point: PointGrade, evidence: Evidence, answer: str) -> list[str]:
    """The evidence in its place, and what of the rubric it is nearest to."""
    before = answer[max(0, evidence.start - _AROUND) : evidence.start]
    after = answer[evidence.end : evidence.end + _AROUND]
    opens = "…" if evidence.start > _AROUND else ""
    closes = "…" if evidence.end + _AROUND < len(answer) else ""
    inside = " ".join(answer[evidence.start : evidence.end].split())
    place = " ".join(f"{opens}{before}".split()), " ".join(f"{after}{closes}".split())
    quoted = " ".join(filter(None, (place[0], f"[{inside}]", place[1])))
    denied = point.verdict is Verdict.CONTRADICTED
    what = "The claim that denies it" if denied else "Evidence"
    lines = [f"{what}, characters {evidence.start} to {evidence.end} of {len(answer)}: {quoted}"]
    if point.exemplar:
        lines.append(f"Nearest exemplar: {clip(point.exemplar, 400)}")
    lines.append(
        f"Nearest counterexample: {clip(point.counterexample, 400)}"
        if point.counterexample
        else "The point has no counterexamples."
    )
    return lines


def _sum(explained: Explanation, point: PointGrade) -> list[str]:
    """The log-odds as a column of terms that add up as printed."""
    total = round(explained.log_odds * _UNIT)
    base = round(explained.base * _UNIT)
    lines = [
        "Log-odds of met, compared with an answer that is average in everything:",
        f"  {_signed(base)}  such an answer",
    ]
    left = total - base
    named = explained.contributions[:SHOWN]
    for one in named:
        part = round(one.log_odds * _UNIT)
        left -= part
        lines.append(
            f"  {_signed(part)}  {one.feature} {one.value:.3f} (average {one.average:.3f})"
        )
    if limit := round(explained.limit * _UNIT):
        left -= limit
        lines.append(f"  {_signed(limit)}  as neither half may go beyond ±{_FURTHEST:.4f}")
    if others := len(explained.contributions) - len(named):
        lines.append(f"  {_signed(left)}  {others} others")
    elif left:
        lines.append(f"  {_signed(left)}  rounding")
    chance = "" if point.probability is None else f"{point.probability:.4f}"
    power = f"{-total / _UNIT:.4f}"
    lines.append(f"= {_signed(total)}  probability of met: 1 / (1 + e^{power}) = {chance}")
    return lines


def _signed(units: int) -> str:
    return f"{units / _UNIT:+9.4f}"


def _follows(point: PointGrade, grade: Grade, bounds: Thresholds) -> str:
    """The rule that leads from the probability to the verdict."""
    words = LOOKS[point.verdict][1]
    if Flag.OFF_TOPIC in grade.flags:
        return f"No sentence comes near the question, whatever the probability: {words}."
    rule = f"Met from {bounds.met:g}, half met from {bounds.partial:g}"
    if bounds.review_low < bounds.review_high:
        rule += f"; a person looks from {bounds.review_low:g} up to {bounds.review_high:g}"
    if point.verdict in (Verdict.CONTRADICTED, Verdict.NOT_MET):
        opposition = point.features.get("opposition", 0.0)
        rule += f"; contradicted from an opposition of {bounds.opposition:g}, here {opposition:.4f}"
    return f"{rule}: {words}."


def _without_sum(point: PointGrade, grade: Grade, grounds: Grounds) -> list[str]:
    """What there is to say where no calibration is at hand."""
    words = LOOKS[point.verdict][1]
    values = ", ".join(f"{name} {value:g}" for name, value in point.features.items())
    features = f"Features: {values}."
    if grounds.missing:
        return [grounds.missing, features]
    if Flag.NOT_ENGLISH in grade.flags:
        return ["Most of the answer is not English, so there is no probability.", features]
    if point.verdict is Verdict.NEEDS_REVIEW:
        return ["The weights have no calibration, so a person decides.", features]
    if Flag.OFF_TOPIC in grade.flags:
        return [f"No sentence comes near the question: {words}.", features]
    probe, margin = point.features.get("probe", 0.0), point.features.get("margin", 0.0)
    return [
        "The weights have no calibration; the rule of thumb, whose error is not known: "
        f"the point is spoken of if probe is at least {SPEAKS_OF:g}, here {probe:.4f}; "
        f"then met from a margin of {MET_MARGIN:g}, contradicted below {CONTRADICTED_MARGIN:g}, "
        f"here {margin:.4f}: {words}.",
        features,
    ]
