"""Tables on the screen."""

from questionbank.cli.render import Screen, safe
from questionbank.table import Table


def show_table(screen: Screen, table: Table) -> None:
    """Print a table; a line for each row where nobody sees columns."""
    if screen.plain or not screen.out_is_terminal:
        screen.show(f"{table.title}:")
        for first, *rest in table.rows:
            cells = zip(table.headings[1:], rest, strict=True)
            screen.show(f"  {first}: " + ", ".join(f"{heading} {cell}" for heading, cell in cells))
        return
    from rich.table import Table as Columns

    columns = Columns(
        title=safe(table.title), title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    for at, heading in enumerate(table.headings):
        columns.add_column(heading, justify="right" if at else "left", overflow="fold")
    for row in table.rows:
        columns.add_row(*map(safe, row))
    screen.show(columns)
