"""What `attack` shows: a table of families, the attacks that earned something, shifts."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from questionbank.attack import RESISTS, FamilyResult, Outcome
from questionbank.cli.render import Screen, Text, safe

if TYPE_CHECKING:
    from questionbank.fairness import Shift, Side, StyleGap

_DIGITS = 4


def show_attacks(screen: Screen, results: Sequence[FamilyResult], max_rate: float) -> None:
    """Print a row for each family, and say which are too high or prove nothing."""
    headings = ("family", "attacks", "points", "wrongly credited", "rate", "plain similarity")
    rows = [
        (
            result.family,
            str(result.instances),
            str(result.points),
            str(result.credited),
            f"{result.rate:.1%}",
            _percent(result.plain_rate),
        )
        for result in results
    ]
    show_table(screen, headings, rows)
    high = [result.family for result in results if result.rate > max_rate]
    if high:
        screen.note(f"more than {max_rate:.1%} wrongly credited: {', '.join(high)}")
    idle = [one.family for one in results if (one.plain_rate or 0.0) < RESISTS]
    if idle:
        screen.note(
            f"plain similarity credits less than {RESISTS:.0%}, so these prove little: "
            f"{', '.join(idle)}"
        )


def show_credited(screen: Screen, outcomes: Iterable[Outcome]) -> None:
    """Print the attacks that earned something: text, points and evidence."""
    for outcome in outcomes:
        if not outcome.credited:
            continue
        attack = outcome.attack
        screen.show("")
        heading = f"{attack.family} {attack.number} against {attack.rubric_id}"
        screen.show(Text(safe(heading), style="bold"))
        screen.show("\n".join(f"  {line}" for line in attack.text.splitlines()))
        for point in outcome.credited:
            sure = "" if point.probability is None else f" ({point.probability:.2f})"
            on = f": {point.evidence.text}" if point.evidence else ""
            screen.show(f"  -> {point.id} {outcome.verdicts[point.id]}{sure}{on}")


def show_fairness(
    screen: Screen, shifts: Sequence["Shift"], gap: "StyleGap | None", *, labelled: bool
) -> None:
    """Print a row for each rewrite, and the comparison of styles for a labelled file."""
    rows = [
        (
            shift.rewrite,
            str(shift.answers),
            str(shift.points),
            str(shift.flips),
            f"{shift.flips / shift.points:.1%}",
            f"{shift.mean_shift:.3f}",
        )
        for shift in shifts
    ]
    headings = ("rewrite", "answers changed", "points", "flips", "rate", "mean shift of score")
    show_table(screen, headings, rows)
    if gap is not None:
        low, high = gap.interval
        screen.show("")
        screen.show(f"accuracy, native style: {_side(gap.native)}")
        screen.show(f"accuracy, non-native: {_side(gap.non_native)}")
        screen.show(f"difference: {gap.difference:+.3f} [{low:+.3f}, {high:+.3f}]")
    elif labelled:
        screen.note("no comparison of styles: the file does not label answers of both kinds")


def attacks_json(
    results: Sequence[FamilyResult],
    max_rate: float,
    *,
    failed: bool,
    shown: Sequence[Outcome],
    seed: int,
) -> dict[str, object]:
    """The families' figures as a JSON value, with the attacks in `shown` that earned something."""
    return {
        "families": {
            result.family: {
                "instances": result.instances,
                "points": result.points,
                "wrongly_credited": result.credited,
                "rate": round(result.rate, _DIGITS),
                "plain_similarity": result.plain,
                "plain_rate": _rounded(result.plain_rate),
            }
            for result in results
        },
        "max_rate": max_rate,
        "seed": seed,
        "failed": failed,
        "credited": [_outcome_json(outcome) for outcome in shown if outcome.credited],
    }


def fairness_json(
    shifts: Sequence["Shift"], gap: "StyleGap | None", *, answers: int, seed: int
) -> dict[str, object]:
    """Shifts and the comparison of styles as a JSON value; None where there is none."""
    return {
        "answers": answers,
        "seed": seed,
        "rewrites": {
            shift.rewrite: {
                "answers": shift.answers,
                "points": shift.points,
                "flips": shift.flips,
                "rate": round(shift.flips / shift.points, _DIGITS),
                "mean_shift": round(shift.mean_shift, _DIGITS),
            }
            for shift in shifts
        },
        "styles": None
        if gap is None
        else {
            "native": _side_json(gap.native),
            "non_native": _side_json(gap.non_native),
            "difference": round(gap.difference, _DIGITS),
            "difference_ci": [round(end, _DIGITS) for end in gap.interval],
        },
    }


def show_table(screen: Screen, headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table; a line for each row where nobody sees columns."""
    if screen.plain or not screen.out_is_terminal:
        for first, *rest in rows:
            cells = zip(headings[1:], rest, strict=True)
            screen.show(f"{first}: " + ", ".join(f"{heading} {cell}" for heading, cell in cells))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="right" if at else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(safe, row))
    screen.show(table)


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    attack = outcome.attack
    return {
        "family": attack.family,
        "rubric": attack.rubric_id,
        "number": attack.number,
        "text": attack.text,
        "points": [
            {
                "id": point.id,
                "verdict": outcome.verdicts[point.id],
                "probability": point.probability,
                "evidence": point.evidence.text if point.evidence else None,
            }
            for point in outcome.credited
        ],
    }


def _side(side: "Side") -> str:
    return f"{side.accuracy:.3f} ({side.points} points of {side.answers} answers)"


def _side_json(side: "Side") -> dict[str, object]:
    return {
        "answers": side.answers,
        "points": side.points,
        "accuracy": round(side.accuracy, _DIGITS),
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, _DIGITS)
