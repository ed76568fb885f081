"""What reaches the terminal is safe, and fits whoever reads it."""

import io
import json

import pytest

from questionbank.cli.render import Screen, Text, json_line, safe


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_lines_stay_lines_for_whoever_does_not_look_at_a_terminal(
    stream: type[io.StringIO],
) -> None:
    out = stream()
    Screen(out, io.StringIO(), plain=True).show("word " * 60)
    assert out.getvalue().rstrip(" \n").count("\n") == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a<U+000D>b"),
        ("\x1b[31m", "<U+001B>[31m"),
        ("\x9b31m\x7f", "<U+009B>31m<U+007F>"),
        ("\u202eabc\u2066\u061c", "<U+202E>abc<U+2066><U+061C>"),
        ("\u2028\u2029", "<U+2028><U+2029>"),
        ("\udce4", "<U+DCE4>"),
        ("é漢\U0001f600", "é漢\U0001f600"),
    ],
)
def test_what_a_terminal_would_act_on_is_spelled(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize("text", ["\x00\x1b\x7f\x9b\u2028\u202e", "\udce4", "a\nb\r\n", '"é\\"'])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_json_line_is_one_line_and_reads_back(text: str, ascii_only: bool) -> None:
    line = json_line({"text": text}, ascii_only=ascii_only)
    assert json.loads(line) == {"text": text}
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert line.isascii() or not ascii_only


def test_json_line_refuses_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line(float("nan"))


def test_markdown_is_its_source_in_plain_mode_and_drawn_otherwise() -> None:
    out = Terminal()
    screen = Screen(out, io.StringIO(), plain=True)
    screen.show(screen.markdown("# Title\n\n**bold** \x1b[31m"))
    assert out.getvalue() == "# Title\n\n**bold** <U+001B>[31m\n"
    drawn = Terminal()
    screen = Screen(drawn, io.StringIO())
    screen.show(screen.markdown("**bold** \x1b[7m [x](http://e.org)"))
    assert "**" not in drawn.getvalue()
    assert "<U+001B>[7m" in drawn.getvalue()
    assert "\x1b]8" not in drawn.getvalue()


def test_markup_of_the_library_is_only_text() -> None:
    out = io.StringIO()
    Screen(out, io.StringIO()).show("[bold]x[/bold] :smile:", Text("[red]y"))
    assert out.getvalue() == "[bold]x[/bold] :smile:\n[red]y\n"


@pytest.mark.parametrize("total", [0, 1, 5, 10, 25, None])
def test_progress_is_said_in_at_most_eleven_lines(total: int | None) -> None:
    err = io.StringIO()
    with Screen(io.StringIO(), err).progress("Graded", total) as tick:
        for _ in range(25 if total is None else total):
            tick()
    lines = err.getvalue().splitlines()
    assert len(lines) <= 11
    if total:
        assert lines[-1] == f"Graded: {total} of {total}"


def test_progress_without_a_total_says_a_number() -> None:
    err = io.StringIO()
    with Screen(io.StringIO(), err).progress("Read", None) as tick:
        tick(250)
    assert err.getvalue() == "Read: 250\n"


def test_a_terminal_gets_a_bar_and_a_spinner() -> None:
    err = Terminal()
    screen = Screen(io.StringIO(), err)
    with screen.progress("Graded \x1b", 3) as tick:
        tick(3)
    assert "3/3" in err.getvalue()
    assert "Graded <U+001B>" in err.getvalue()
    err.truncate(0)
    with screen.busy("Loading"):
        pass
    assert "Loading" in err.getvalue()
    assert "\x1b" in err.getvalue()


def test_elsewhere_being_busy_is_a_line() -> None:
    err = io.StringIO()
    with Screen(io.StringIO(), err).busy("Loading"):
        pass
    assert err.getvalue() == "Loading …\n"
