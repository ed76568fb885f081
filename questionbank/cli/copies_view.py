"""Answers that are nearly the same, named for a person."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from questionbank.batch import Item
from questionbank.cli.render import Screen

if TYPE_CHECKING:
    from questionbank.near_copies import NearCopies  # it needs numpy, and nobody may ask for it


def mention_copies(
    screen: Screen, copies: "NearCopies", items: Callable[[], Iterable[Item]]
) -> None:
    """Name the rows that are nearly the same, on standard error.

    Args:
        screen: where to.
        copies: what was noted of the rows.
        items: reads the rows again, rather than keeping them: a million names are many.
    """
    groups = copies.groups()
    if copies.passed_over:
        screen.note(
            f"the temporary folder is full: {copies.passed_over:,} answers were not looked at for "
            "near-copies (TMPDIR names another folder)"
        )
    if not groups:
        return
    listed = {number for group in groups for number in group.rows}
    named = {
        item.number: (item.question_id, item.row_id) for item in items() if item.number in listed
    }
    what = "1 group" if len(groups) == 1 else f"{len(groups)} groups"
    screen.note(f"{what} of answers to the same question that are nearly the same:")
    for group in groups:
        rows = [named[number] for number in group.rows]
        names = ", ".join(row_id for _, row_id in rows)
        share = f"at least {group.similarity:.0%} of their word pairs in common"
        alike = "the same words" if group.similarity == 1.0 else share
        screen.note(f"  {rows[0][0]}: {names} ({alike})")
