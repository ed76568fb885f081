"""The command line as a whole: help, exit codes, one line on stderr, nothing raw to see."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import pytest
from commands import Run, StubLoading

from grader.errors import GraderError, ModelMissingError
from questionbank.cli import main as main_module
from questionbank.cli.exit_codes import EXIT_CODES, exit_code
from questionbank.cli.main import COMMANDS, cli
from questionbank.errors import (
    ContentError,
    FormatError,
    NotFoundError,
    Problem,
    QuestionbankError,
    StoreError,
    UsageError,
)

BOXES = frozenset("─│┌┐└┘├┤┬┴┼━┃╭╮╰╯═║•▌✔✘◐")


def words(name: str) -> list[tuple[str, ...]]:
    """A command, and its commands if it has any."""
    command = cli.get_command(click.Context(cli), name)
    if isinstance(command, click.Group):
        return [(name,), *((name, sub) for sub in command.commands)]
    return [(name,)]


EVERY = [one for name in COMMANDS for one in words(name)]


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
def test_every_command_has_help_with_an_example(arguments: tuple[str, ...], run: Run) -> None:
    result = run(*arguments, "--help")
    assert result.code == 0
    assert result.err == ""
    has_own_commands = arguments == ("new",)
    assert "Example" in result.out or has_own_commands
    assert f"questionbank {' '.join(arguments)}" in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_with_a_sentence(name: str, run: Run) -> None:
    result = run("--help")
    assert result.code == 0
    assert COMMANDS[name][1].endswith(".")
    assert f"  {name} " in result.out


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    assert run() == run("--help")


def test_a_shell_can_ask_which_commands_there_are() -> None:
    context = click.Context(cli)
    assert cli.list_commands(context) == list(COMMANDS)
    assert cli.get_command(context, "xyzzy") is None


def test_help_names_the_exit_codes(run: Run) -> None:
    out = run("-h").out
    assert "Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 cannot grade" in out


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")
    assert result.code == 0
    assert result.out.startswith("questionbank, version ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lst",), "No such command 'lst'. Did you mean 'list'? (see: questionbank --help)"),
        (("xyzzy",), "No such command 'xyzzy' (see: questionbank --help)"),
        (("list", "--nope"), "(see: questionbank list --help)"),
        (("list", "--level", "expert"), "'expert' is not one of"),
        (("show",), "Missing argument 'ID' (see: questionbank show --help)"),
        (("search",), "Missing argument 'WORDS...' (see: questionbank search --help)"),
        (("new",), "Missing command (see: questionbank new --help)"),
        (("show", "foundations/error-metrics", "--seed", "-1"), "-1"),
        (("grade", "x", "--batch-size", "0"), "0"),
        (("history", "--limit", "0"), "0"),
        (("list", "--bank", "/no/such/folder"), "/no/such/folder: there is no such folder"),
        (("backup",), "Missing argument 'FILE' (see: questionbank backup --help)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_usage_is_one_line_and_code_2(
    arguments: tuple[str, ...], said: str, run: Run
) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("questionbank: ")
    assert result.err.count("\n") == 1
    assert said in result.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ContentError((Problem("a", 1, "b", "c"),)), 1),
        (UsageError("x"), 2),
        (NotFoundError("question", "x"), 2),
        (ModelMissingError("m", "get it"), 3),
        (GraderError("x"), 3),
        (StoreError("x"), 4),
        (FormatError("f", "x"), 4),
        (OSError("x"), 4),
        (KeyboardInterrupt(), 130),
        (QuestionbankError("x"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code
    assert set(EXIT_CODES.values()) == {1, 2, 3, 4, 130}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes `list` end with an error."""

    def make(error: BaseException) -> None:
        def load_bank(*_given: object, **_named: object) -> None:
            raise error

        monkeypatch.setattr("questionbank.cli.context.load_bank", load_bank)

    return make


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("two\nlines"), 2, "questionbank: two lines\n"),
        (StoreError("broken"), 4, "questionbank: broken\n"),
        (GraderError("no model"), 3, "questionbank: no model\n"),
        (UsageError("red \x1b[31m"), 2, "questionbank: red <U+001B>[31m\n"),
        (
            OSError(28, "No space left on device", "/x"),
            4,
            "questionbank: /x: No space left on device; "
            "check permissions and the room on the disk\n",
        ),
        (OSError("odd"), 4, "questionbank: odd; check permissions and the room on the disk\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (
            ContentError((Problem("q.md", 3, "bad", "mend it"),)),
            1,
            "q.md:3: bad: mend it\nquestionbank: 1 problem in the bank; nothing was written\n",
        ),
        (
            ContentError((Problem("q.md", 3, "bad", "a"), Problem("r", 0, "bad", "b"))),
            1,
            "q.md:3: bad: a\nr:0: bad: b\n"
            "questionbank: 2 problems in the bank; nothing was written\n",
        ),
    ],
    ids=str,
)
def test_an_error_becomes_a_line_and_a_code(
    error: BaseException, code: int, said: str, run: Run, failing: Callable[[BaseException], None]
) -> None:
    failing(error)
    result = run("list")
    assert (result.code, result.out) == (code, "")
    assert result.err.lstrip("\n") == said


@pytest.mark.parametrize(("status", "code"), [(1, 1), (7, 7), ("gone", 1)])
def test_a_library_that_exits_decides_the_code(
    status: int | str, code: int, run: Run, failing: Callable[[BaseException], None]
) -> None:
    failing(SystemExit(status))
    assert run("list").code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("search", "model"),
        ("show", "foundations/error-metrics"),
        ("show", "benchmark-critique/sota-paper-claim", "--all"),
        ("check", "--no-grading"),
        ("history",),
        ("doctor",),
        ("demo",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("how", ["option", "dumb terminal"])
def test_plain_output_has_no_escapes_and_no_boxes(
    arguments: tuple[str, ...], how: str, run: Run, stub_grader: StubLoading
) -> None:
    assert stub_grader.asked == []
    env = {"FORCE_COLOR": "1", **({"TERM": "dumb"} if how == "dumb terminal" else {})}
    result = run(*arguments, *(["--plain"] if how == "option" else []), env=env)
    assert result.code == 0
    assert "\x1b" not in result.out + result.err
    boxes = BOXES & set(result.out)
    assert boxes == set()


@pytest.mark.parametrize("arguments", [("list",), ("show", "foundations/error-metrics"), ("demo",)])
def test_a_terminal_gets_colours_unless_no_color_is_set(
    arguments: tuple[str, ...], run: Run, stub_grader: StubLoading
) -> None:
    assert stub_grader.calibrated
    coloured = run(*arguments, env={"FORCE_COLOR": "1", "COLORTERM": "truecolor"})
    assert "\x1b[" in coloured.out
    dull = run(*arguments, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    codes = {part.partition("m")[0] for part in dull.out.split("\x1b[")[1:]}
    assert codes <= {"0", "1", "2", "3", "4", "7", "1;7", "1;2", "3;4", "1;4"}


def test_errors_on_a_dumb_terminal_have_no_escapes(run: Run) -> None:
    result = run("lst", env={"TERM": "dumb", "FORCE_COLOR": "1"})
    assert result.code == 2
    assert "\x1b" not in result.err


def start(
    *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "questionbank", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, env=env)


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("list",), ("show", "foundations/error-metrics"),
     ("search", "cost"), ("check", "--no-grading")],
    ids=" ".join,
)  # fmt: skip
def test_quick_commands_import_no_heavy_library(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys; from questionbank.cli.main import main; code = main(sys.argv[1:])\n"
        "heavy = {'torch', 'numpy', 'sentence_transformers', 'sqlalchemy', 'sklearn'}\n"
        "print(sorted(heavy & set(sys.modules)), code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, check=True, timeout=60
    )
    assert done.stderr.decode().splitlines()[-1] == "[] 0"


def test_the_module_can_be_run_and_imported() -> None:
    assert start("--version").stdout.startswith(b"questionbank, version ")
    done = subprocess.run(
        [sys.executable, "-c", "import questionbank.__main__"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout + done.stderr == b""


@pytest.mark.parametrize(
    "arguments",
    [("list",), ("list", "--json"), ("--help",), ("show", "foundations/error-metrics", "--all")],
    ids=" ".join,
)
def test_whoever_reads_may_leave_and_nothing_is_said(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "questionbank", *arguments]
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.stderr == b""
    assert done.returncode in (1, 120)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_an_output_that_lacks_characters_gets_them_spelled(encoding: str, shipped: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = start("show", "foundations/error-metrics", "--bank", str(shipped), env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    done.stdout.decode(encoding)
    as_json = start(
        "show", "foundations/error-metrics", "--all", "--json", "--bank", str(shipped), env=env
    )
    assert json.loads(as_json.stdout.decode(encoding))["id"] == "foundations/error-metrics"


def test_closed_streams_are_no_traceback(tmp_path: Path) -> None:
    shell = f"{sys.executable} -m questionbank grade - <&- 2>{tmp_path}/err"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    said = (tmp_path / "err").read_text()
    assert said == "questionbank: standard input is closed; name a file\n"
    shell = f"{sys.executable} -m questionbank list --json >&- 2>{tmp_path}/err"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, check=False, timeout=60)
    assert "Traceback" not in (tmp_path / "err").read_text()


def test_the_installed_command_ends_with_the_code_of_main(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_module, "main", lambda: 7)
    monkeypatch.setattr(main_module, "leave", sys.exit)  # which would end this process, too
    with pytest.raises(SystemExit) as caught:
        main_module.run()
    assert caught.value.code == 7


def test_a_file_name_with_escapes_is_never_sent_raw(run: Run, tmp_path: Path) -> None:
    name = "evil\x1b]0;title\x07\udce4\u202e"
    for arguments in (
        ("grade", tmp_path / name),
        ("list", "--bank", tmp_path / name),
        ("backup", tmp_path / name / "x"),
        ("show", name),
        ("history", "show", name),
        ("diff", name, name),
        ("new", "question", name, "--bank", tmp_path),
        ("release", name),
    ):
        result = run(*arguments)
        assert result.code in (2, 4)
        assert not set("\x1b\x07\udce4\u202e") & set(result.out + result.err)
        assert result.err.count("\n") == 1


def test_a_bank_folder_with_odd_characters_is_named_safely(run: Run, bank_folder: Path) -> None:
    odd = bank_folder.rename(Path(bank_folder.parent, "odd\x1b[31m"))
    (odd / "questions" / "foundations" / "rare-class.md").write_text("nothing\x1b")
    result = run("check", "--no-grading", "--bank", odd)
    assert result.code == 1
    assert "control-character" in result.out
    assert "\x1b" not in result.out + result.err
