"""The command line: which commands there are, and what an error means for the exit code.

Commands are imported when they are called, so that `--help` answers at once.
"""

import difflib
import io
import os
import sys
from importlib import import_module, metadata

import click

from grader.errors import GraderError
from questionbank.cli.ending import leave
from questionbank.cli.exit_codes import exit_code
from questionbank.cli.render import Screen
from questionbank.errors import ContentError, QuestionbankError

COMMANDS: dict[str, tuple[str, str]] = {
    "quiz": ("quiz", "Answer questions in the terminal and see how each point was judged."),
    "demo": (
        "demo",
        "Grade three shipped answers to one question, to see what a grade looks like.",
    ),
    "grade": ("grade", "Grade a file of answers; one JSON object a line."),
    "evaluate": ("evaluate", "Measure how well grades agree with people's judgements."),
    "calibrate": ("calibrate", "Learn from answers that you have graded yourself."),
    "history": ("history", "List attempts, or explain an old grade."),
    "review": ("review", "Decide what the machine could not, the most valuable verdict first."),
    "regrade": ("regrade", "Grade kept answers again with the present rubric and model."),
    "interview": ("interview", "Plan and lead a mock interview, rate it, compare the ratings."),
    "audit": ("audit", "Check that nothing on record was changed or cut off."),
    "backup": ("backup", "Copy the record of attempts into one file."),
    "list": ("list_questions", "List the questions of the bank."),
    "show": ("show", "Show a question, with --all its rubric and model answer too."),
    "search": ("search", "Find questions by words."),
    "new": ("new", "Write a valid template for a question or a rubric."),
    "check": ("check", "Report every problem in the bank, and test its rubrics."),
    "attack": (
        "attack",
        "Grade answers that deserve nothing, or rewrite honest ones, and report what shifts.",
    ),
    "release": ("release", "Record new versions of questions and rubrics for good."),
    "export": ("export", "Write the bank for other systems, or an interview's packet for people."),
    "import": ("import_bank", "Take questions over from Moodle XML, GIFT, QTI, CSV or JSON."),
    "diff": ("diff", "Compare two versions of a question or rubric."),
    "doctor": ("doctor", "Say what is installed, what is missing and how to get it."),
}
"""Command -> (module of this package, what it does). Each module has a `command`."""

_EPILOG = """\b
Examples:
  questionbank quiz --strategy model-choice --count 2
  questionbank grade answers.jsonl --output grades.jsonl
  questionbank check --bank my-bank

\b
Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 cannot grade,
4 trouble with the record or a file format, 130 interrupted."""


class _Commands(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"questionbank.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS:
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(metadata.version("questionbank"), prog_name="questionbank")
def cli() -> None:
    """A question bank for AI/ML technical literacy.

    Free-text answers are graded point by point, offline, with the sentence that earned each point.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words after `questionbank`; None for those of this process. Without a
            word the help is shown.

    Returns:
        The exit code.
    """
    screen = Screen(sys.stdout, sys.stderr, plain=os.environ.get("TERM") == "dumb")
    if not (sys.argv[1:] if arguments is None else arguments):
        arguments = ["--help"]
    try:
        result = cli.main(args=arguments, prog_name="questionbank", standalone_mode=False)
    except click.ClickException as error:
        screen.error(_one_line(_wrong_usage(error)))
        return 2
    except click.Abort:  # click's word for Ctrl-C
        screen.note("interrupted")
        return exit_code(KeyboardInterrupt())
    except ContentError as error:
        for problem in error.problems:
            screen.note(str(problem))
        count = len(error.problems)
        problems = "problem" if count == 1 else "problems"
        screen.error(f"{count} {problems} in the bank; nothing was written")
        return exit_code(error)
    except (QuestionbankError, GraderError) as error:
        screen.error(_one_line(str(error)))
        return exit_code(error)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        what = error.strerror or str(error)
        screen.error(_one_line(f"{where}{what}; check permissions and the room on the disk"))
        return exit_code(error)
    except SystemExit as error:
        # click and rich end so, quietly, when whoever read the output has gone (`| head`).
        return error.code if isinstance(error.code, int) else 1
    return result if isinstance(result, int) else 0


def _wrong_usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f" (see: {context.command_path} --help)" if context else ""
    return error.format_message().rstrip(".") + see


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def run() -> None:
    """The entry point of the installed command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None where the shell has closed it
            stream.reconfigure(errors="backslashreplace")
    leave(main())
