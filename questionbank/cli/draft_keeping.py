"""Keeps what is being typed safe at all times, whatever ends the typing."""

from collections.abc import Iterator
from contextlib import contextmanager

from questionbank.cli.autosave import Autosave, Save
from questionbank.cli.ending import undisturbed
from questionbank.cli.render import Screen
from questionbank.drafts import BrokenDraft, Draft, DraftFile


@contextmanager
def kept_while_typed(save: Save, screen: Screen) -> Iterator[Autosave]:
    """Save a draft again and again while the block runs.

    Args:
        save: writes it.
        screen: where the text goes if it could not be saved and the person leaves.

    Yields:
        What takes the newest text.
    """
    autosave = Autosave(save)
    try:
        yield autosave
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
