"""`python -m questionbank` is the installed command."""

from questionbank.cli.main import run

run()
