"""Keeps what is being typed safe at all times, whatever ends the typing."""

from collections.abc import Callable
from typing import TypeVar

from questionbank.cli.autosave import Autosave, Save
from questionbank.cli.ending import undisturbed
from questionbank.cli.render import Screen
from questionbank.drafts import BrokenDraft, Draft, DraftFile

T = TypeVar("T")


def kept_while_typed(save: Save, screen: Screen, type_in: Callable[[Autosave], T]) -> T:
    """Save a draft again and again while something is typed.

    A function and no context manager: a signal that arrives together with the end of the terminal
    would be raised on the way into the manager's exit, and nothing would save the last keys.

    Args:
        save: writes the draft.
        screen: where the text goes if it could not be saved and the person leaves.
        type_in: gets the text, and tells what it is given the newest.

    Returns:
        What was typed in.
    """
    autosave = Autosave(save)
    try:
        return type_in(autosave)
    except (KeyboardInterrupt, EOFError):
        with undisturbed():
            autosave.close()
            if autosave.trouble and autosave.newest:
                screen.error(f"the draft could not be saved: {autosave.trouble}")
                screen.show("What you wrote, to copy it from here:", autosave.newest)
        raise
    finally:
        with undisturbed():
            autosave.close()


def earlier_draft(drafts: DraftFile, screen: Screen) -> Draft | None:
    """What an earlier sitting left unsubmitted; one that cannot be read is set aside aloud."""
    draft = drafts.load()
    if isinstance(draft, BrokenDraft):
        screen.note(f"the draft could not be read ({draft.reason}); it is in {draft.kept}")
        return None
    return draft
