"""Keys from the terminal, with what comes faster than anybody types taken as pasted."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

_BURST = 16
"""Characters in one read from which on they are a paste."""


class Keyboard(Vt100Input):
    """A keyboard for terminals that do not say what is pasted, too.

    A key costs the editor half a millisecond, whatever it is: at that, a pasted essay would freeze
    the screen for seconds.
    """

    def read_keys(self) -> list[KeyPress]:
        """Read what has come."""
        return list(gathered(super().read_keys()))


def gathered(keys: Iterable[KeyPress]) -> Iterator[KeyPress]:
    """Make one key of each long run of characters; all other keys, Enter too, stay keys.

    Args:
        keys: as they came in one read.

    Yields:
        Keys that come to the same text.
    """
    for are_characters, run in groupby(keys, lambda key: len(key.key) == 1 == len(key.data)):
        some = list(run)
        if are_characters and len(some) >= _BURST:
            yield KeyPress(Keys.BracketedPaste, "".join(key.data for key in some))
        else:
            yield from some
