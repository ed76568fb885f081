"""What a bank holds against what it must hold, on the screen."""

from questionbank.cli.context import Context
from questionbank.cli.render import Screen, Text, safe
from questionbank.coverage import (
    RowCount,
    count_coverage,
    count_everything,
    coverage_problems,
    read_coverage,
)
from questionbank.errors import ContentError


def show_coverage(context: Context, *, as_json: bool) -> int:
    """Print the table.

    Returns:
        The exit code: 1 if something that the bank's coverage file asks for is missing, or the
        file cannot be used.
    """
    bank, screen = context.bank, context.screen
    try:
        file = read_coverage(bank, context.here)
    except ContentError as error:
        for problem in error.problems:
            screen.show(str(problem))
        return 1
    rows = count_coverage(file.coverage, bank) if file else count_everything(bank)
    problems = list(coverage_problems(file, rows)) if file else []
    if as_json:
        screen.json(
            {
                "file": file.shown if file else None,
                "version": file.coverage.version if file else None,
                "failed": bool(problems),
                "rows": [_facts(row) for row in rows],
                "problems": [problem._asdict() for problem in problems],
            }
        )
        return 1 if problems else 0
    _show_table(screen, rows)
    for problem in problems:
        screen.show(str(problem))
    if bank.problems:
        screen.note(
            "questions with problems are not counted; `questionbank check --no-grading` lists them"
        )
    if file is None:
        screen.note("this bank asks for nothing; say what it must hold in questions/coverage.yaml")
    else:
        count = len(problems)
        gaps = f"{count} gap{'s' if count > 1 else ''}" if count else "nothing is missing"
        screen.note(f"{file.shown} {file.coverage.version}: {gaps}")
    return 1 if problems else 0


def _facts(row: RowCount) -> dict[str, object]:
    return {
        "title": row.title,
        "required": row.least,
        "present": len(row.questions),
        "holds": row.holds,
        "questions": list(row.questions),
        "things": [
            {"name": thing.name, "questions": list(thing.questions)} for thing in row.things
        ],
    }


def _show_table(screen: Screen, rows: tuple[RowCount, ...]) -> None:
    if screen.plain or not screen.out_is_terminal:
        for row in rows:
            screen.show(f"{row.title}: {_of(row)}{_named(row)}{'' if row.holds else ' - GAP'}")
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Row")
    table.add_column("Present", justify="right")
    table.add_column("Needed", justify="right")
    table.add_column("Named things missing")
    for row in rows:
        style = "" if row.holds else "bold red"
        table.add_row(
            Text(safe(row.title), style=style),
            str(len(row.questions)),
            str(row.least),
            safe(", ".join(row.missing)),
        )
    screen.show(table)


def _of(row: RowCount) -> str:
    return f"{len(row.questions)} of {row.least}" if row.least else str(len(row.questions))


def _named(row: RowCount) -> str:
    if not row.things:
        return ""
    found = len(row.things) - len(row.missing)
    missing = f", missing: {', '.join(row.missing)}" if row.missing else ""
    return f"; named things {found} of {len(row.things)}{missing}"
