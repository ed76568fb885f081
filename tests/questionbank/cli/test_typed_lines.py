"""Lines read key by key: what erases, what ends, what is echoed."""

import io
import os
import pty
import signal
import termios
import threading
import time
from collections.abc import Iterator

import pytest

from questionbank.cli.render import Screen
from questionbank.cli.typed_lines import TypedLines


class Typist:
    """A terminal on the one side, a person on the other."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        self.terminal = os.fdopen(slave, "r", encoding="utf-8")
        self.out = io.StringIO()
        self.lines = TypedLines(self.terminal, Screen(self.out, self.out, plain=True))
        self.heard: list[str] = []

    def read(self, keys: str | bytes = b"") -> str | None:
        """Read a line while these keys are typed."""
        block = keys.encode() if isinstance(keys, str) else keys
        typing = threading.Thread(target=self._type, args=(block,))
        typing.start()
        try:
            return self.lines.read(self.heard.append)
        finally:
            typing.join()

    def _type(self, block: bytes) -> None:
        """Type as soon as the keys are read; before, the terminal itself would edit the line."""
        while self.cooked:
            time.sleep(0.001)
        os.write(self.master, block)

    @property
    def cooked(self) -> bool:
        flags = termios.tcgetattr(self.terminal.fileno())[3]
        return bool(flags & termios.ICANON and flags & termios.ECHO)


@pytest.fixture
def typist() -> Iterator[Typist]:
    made = Typist()
    try:
        yield made
    finally:
        made.terminal.close()
        os.close(made.master)


def echoed(keys: str) -> str:
    """What a terminal shows after these: each backspace goes one column to the left."""
    shown: list[str] = []
    at = 0
    for key in keys:
        if key == "\b":
            at -= 1
        else:
            shown[at : at + 1] = [key]
            at += 1
    return "".join(shown).rstrip(" ")


@pytest.mark.parametrize(
    ("keys", "line", "shown"),
    [
        ("plain text\r", "plain text", "plain text\n"),
        ("line feed\n", "line feed", "line feed\n"),
        ("\r", "", "\n"),
        ("wrong\x7f\x7f\x08ite\r", "write", "write\n"),
        ("\x7f\x7fa\r", "a", "a\n"),
        ("two words\x17three\r", "two three", "two three\n"),
        ("two words  \x17three\r", "two three", "two three\n"),
        ("one\x17\x17\x17two\r", "two", "two\n"),
        ("all of it\x15new\r", "new", "new\n"),
        ("mid\x04dle\r", "middle", "middle\n"),
        ("a\tb\r", "a\tb", "a    b\n"),
        ("a\t\x7fb\r", "ab", "ab\n"),
        ("\x1b[31mred\r", "\x1b[31mred", "<U+001B>[31mred\n"),
        ("a\x1b\x7fb\r", "ab", "ab\n"),
        ("日本\x7fx\r", "日x", "日x\n"),
    ],
)
def test_a_line_is_what_is_left_after_erasing(
    typist: Typist, keys: str, line: str, shown: str
) -> None:
    assert typist.read(keys) == line
    out = typist.out.getvalue()
    wide = out.replace("日", "日~").replace("本", "本~")  # two columns each
    assert [part.rstrip() for part in echoed(wide).replace("~", "").split("\n")] == shown.split(
        "\n"
    )
    assert "\x1b" not in out
    assert typist.cooked


def test_the_line_so_far_is_heard_of_before_it_ends(typist: Typist) -> None:
    assert typist.read("done\rre") == "done"
    assert typist.heard == []
    assert typist.read("st\r") == "rest"
    assert typist.heard[0] == "re"


def test_a_line_longer_than_the_terminals_own_limit_comes_whole(typist: Typist) -> None:
    long = "x" * 9000
    assert typist.read(long + "\r") == long


def test_what_is_typed_ahead_is_the_next_line_unless_it_is_forgotten(typist: Typist) -> None:
    assert typist.read("first\rsecond\rthird\r") == "first"
    assert typist.lines.read(typist.heard.append) == "second"
    os.write(typist.master, b"unread\r")
    typist.lines.forget()
    assert typist.read("fourth\r") == "fourth"


def test_ctrl_d_ends_the_input_where_a_line_could_begin(typist: Typist) -> None:
    assert typist.read("\x04") is None
    assert typist.read("a\r") == "a"


@pytest.mark.parametrize(
    ("keys", "line"),
    [(b"caf\xc3\xa9\r", "café"), (b"caf\xe9!\r", "caf\ufffd!")],
    ids=["utf-8", "undecodable"],
)
def test_bytes_become_characters_whatever_they_are(typist: Typist, keys: bytes, line: str) -> None:
    assert typist.read(keys) == line


def test_an_ascii_locale_does_not_cost_the_accents() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="ascii") as terminal:
        out = io.StringIO()
        lines = TypedLines(terminal, Screen(out, out, plain=True))
        os.write(master, "café\r".encode())
        assert lines.read(lambda line: None) == "café"
    os.close(master)


def test_a_terminal_that_is_gone_ends_the_reading() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="utf-8") as terminal:
        out = io.StringIO()
        lines = TypedLines(terminal, Screen(out, out, plain=True))
        heard: list[str] = []
        real = os.read

        def hang_up_after(descriptor: int, count: int) -> bytes:
            block = real(descriptor, count)
            os.close(master)
            return block

        os.write(master, b"half a li")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                "questionbank.cli.typed_lines.os.read",
                lambda *given: real(*given) if heard else hang_up_after(*given),
            )
            with pytest.raises((EOFError, OSError)):
                lines.read(heard.append)
        assert heard == ["half a li"]
        lines.forget()


def test_coming_back_from_a_pause_switches_the_terminal_again(typist: Typist) -> None:
    modes = []

    def back_from_pause(line: str) -> None:
        attributes = termios.tcgetattr(typist.terminal.fileno())
        attributes[3] |= termios.ICANON | termios.ECHO  # as a shell does
        termios.tcsetattr(typist.terminal.fileno(), termios.TCSADRAIN, attributes)
        modes.append(typist.cooked)
        os.kill(os.getpid(), signal.SIGCONT)
        modes.append(typist.cooked)
        os.write(typist.master, b"\r")

    os.write(typist.master, b"typed")
    assert typist.lines.read(back_from_pause) == "typed"
    assert modes == [True, False]


def test_a_single_key_is_read_without_enter_and_without_echo(typist: Typist) -> None:
    os.write(typist.master, b"yes")
    assert [typist.lines.key() for _ in range(3)] == ["y", "e", "s"]
    assert typist.out.getvalue() == ""
    assert typist.cooked
