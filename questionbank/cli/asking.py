"""Asks before something cannot be undone."""

import sys

from questionbank.cli.context import Context
from questionbank.cli.review_session import in_terminal
from questionbank.errors import UsageError


def sure(context: Context, question: str, *, yes: bool) -> bool:
    """Whether the person wants it.

    Args:
        context: where to ask.
        question: what is asked, without its end.
        yes: the person has said so beforehand.

    Raises:
        UsageError: nobody is there to be asked.
    """
    if yes:
        return True
    if not in_terminal():
        raise UsageError("this cannot be undone; without a terminal confirm it with --yes")
    context.screen.type_out(f"{question} Type yes to go on: ")
    if sys.stdin.readline().strip().lower() == "yes":
        return True
    context.screen.show("Nothing was erased.")
    return False
