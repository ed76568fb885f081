"""`questionbank interview`: mock interviews, planned, run, rated and compared."""

from importlib import import_module

import click

_COMMANDS: dict[str, tuple[str, str]] = {
    "plan": ("interview_plan", "Draw a packet of questions and write it into a file."),
    "run": ("interview_run", "Lead an interview, one question at a time."),
    "candidate": ("interview_candidate", "Answer an interview's questions alone."),
    "rate": ("interview_rate", "Judge an interview on your own, point by point."),
    "compare": ("interview_compare", "See how far raters agree, and the readiness score."),
    "list": ("interview_list", "List interviews, under pseudonyms."),
    "log": ("interview_log", "Tell who did what when."),
    "unblind": ("interview_unblind", "Show who a candidate is; kept on record."),
    "export-data": ("interview_export_data", "Write all that is held on a candidate."),
    "erase": ("interview_erase", "Delete a candidate's words for good."),
    "retain": ("interview_retain", "Erase what has been kept long enough."),
}
"""Command -> (module of this package, what it does). Each module has a `command`."""


class _Steps(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"questionbank.cli.{_COMMANDS[cmd_name][0]}")
        found: click.Command = module.command
        found.name = cmd_name
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in _COMMANDS.items()])


@click.group(
    cls=_Steps,
    no_args_is_help=False,
    epilog="""\b
Examples:
  questionbank interview plan --blueprint investor-45 --seed 7 --output packet.yaml
  questionbank interview run packet.yaml --candidate heron
  questionbank interview candidate packet.yaml""",
)
def command() -> None:
    """Ask every candidate the same questions, and judge them by the same points.

    What the machine suggests is advice: a person decides.
    """
