"""`python -m questionbank` is the installed command."""

from questionbank.cli.main import run

if __name__ == "__main__":
    run()
