"""Interviews held with the small bank, for tests of what comes after."""

import json
import os
import pty
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blueprints import INTERVIEW
from commands import Result, Run

from questionbank.cli.context import Context

OPEN = "model-choice/small-model"
BILL = "inference-economics/daily-bill"
GOOD = "I would compare the monthly bill of both models. The rest is taste."
NAME = "Ada Lovelace"
Type = Callable[..., Result]


def plan(run: Run, bank: Path, folder: Path, *, advice: bool = True) -> Path:
    """A packet of one number and one open question, in this order."""
    blueprints = bank / "questions" / "blueprints"
    blueprints.mkdir(exist_ok=True)
    text = INTERVIEW if advice else INTERVIEW.replace("recommendation:", "# recommendation:")
    (blueprints / "b.yaml").write_text(text)
    path = folder / "packet.yaml"
    chosen = ("--blueprint", "engineer-20", "--force")
    drawn = run("interview", "plan", *chosen, "--bank", bank, "--output", path, "--json")
    assert drawn.code == 0, drawn.err
    asked = json.loads(drawn.out)["packet"]["items"]
    other = next(item["question"]["id"] for item in asked if item["strategy"] == "model-choice")
    if other != OPEN:
        swap = ("--swap", f"{other}={OPEN}")
        done = run("interview", "plan", *chosen, *swap, "--bank", bank, "--output", path)
        assert done.code == 0, done.err
    return path


_HELD: dict[tuple[str, ...], tuple[str, bytes]] = {}
"""Records with one interview each, by what it was led with: led once, and copied from then on."""


def held_before(run: Run, bank: Path, folder: Path, *, advice: bool = True) -> str:
    """A record with one interview of two answers in it, both judged; its id."""
    key = (str(advice),)
    path = Context().data / "questionbank.db"
    if key not in _HELD:
        name = hold(run, bank, plan(run, bank, folder, advice=advice))
        assert run("interview", "rate", name, "--list").code == 0
        _HELD[key] = (name, path.read_bytes())
    name, data = _HELD[key]
    path.write_bytes(data)
    return name


def rate(run: Run, name: str, rater: str, **says: str | int) -> None:
    """Have a rater say something of the points `answer`, `cost` and `measures`, without reasons."""
    rows = [
        {
            "question_id": BILL if point == "answer" else OPEN,
            "point_id": point,
            "anchor" if isinstance(said, int) else "verdict": said,
            "reason": "she thinks so",
        }
        for point, said in says.items()
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    done = run("interview", "rate", name, "--rater", rater, "--marks", "-", stdin=text)
    assert done.code == 0, done.err


def hold(run: Run, bank: Path, packet: Path, name: str = NAME, answer: str = GOOD) -> str:
    """Lead an interview to its end; its id."""
    lines = f"5 or 7\n/next\n{answer}\n/note Nervous at first.\n/end\n".encode()
    given = (
        "--candidate",
        name,
        "--author",
        "Bob Byrne",
        "--bank",
        bank,
        "--plain",
        "--no-suggestions",
    )
    done = run("interview", "run", packet, *given, stdin=lines)
    assert done.code == 0, done.err
    with Context().store() as store:
        return store.attempts(1)[0].attempt.id


@contextmanager
def typing(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    """Gives a caller that runs a command in a terminal whose keys come as they are asked for."""
    master, slave = pty.openpty()
    terminal = os.fdopen(slave, "r", encoding="utf-8")

    def call(*arguments: str, keys: tuple[str, ...]) -> Result:
        left = iter(keys)

        def wait(self: object) -> str:
            del self
            key = next(left)
            if key == "^C":
                raise KeyboardInterrupt
            return key

        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", terminal)
            patched.setattr("questionbank.cli.typed_lines.TypedLines._wait", wait)
            patched.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
            result = run(*arguments, "--plain")
        assert next(left, None) is None
        return result

    yield call
    terminal.close()
    os.close(master)
