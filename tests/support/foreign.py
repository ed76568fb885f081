"""Programs of other people that read what is exported, as they stand in a folder of their own.

`FOREIGN_READERS` names the folder: `py` in it is a virtual environment, `node` has `node_modules`.
"""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from browser import browse, chromium

_PAGES = Path(__file__).parent / "pages"
_CLOSING = re.compile("</(?=script)", re.IGNORECASE)


def place(*names: str) -> Path:
    """A file among the readers; the test is left out, aloud, where it is not there."""
    folder = os.environ.get("FOREIGN_READERS", "")
    if not folder:
        pytest.skip("set FOREIGN_READERS to a folder of readers; docs/exchange.md says which")
    found = Path(folder, *names).absolute()
    if not found.exists():
        pytest.skip(f"no {'/'.join(names)} in {folder}")
    return found


def package(name: str) -> Path:
    """The folder of an npm package."""
    return place("node", "node_modules", name)


def program(name: str) -> Path:
    """A program of the machine or of the virtual environment."""
    found = shutil.which(name)
    return Path(found) if found else place("py", "bin", name)


def run(*command: str | Path, given: bytes = b"", folder: Path | None = None) -> str:
    """What a program prints; the test fails if it does."""
    done = subprocess.run(command, input=given, capture_output=True, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()


def python(module: str, text: str, *arguments: str | Path) -> Any:  # noqa: ANN401 - JSON
    """JSON that a few lines of Python print, run where the module is installed."""
    program = place("py", "bin", "python")
    if subprocess.run([program, "-c", f"import {module}"], capture_output=True).returncode:
        pytest.skip(f"no {module} in py")
    return json.loads(run(program, "-c", f"import json, sys, {module}\n{text}", *arguments))


def node(name: str, text: str, *arguments: str | Path) -> Any:  # noqa: ANN401 - JSON
    """JSON that a few lines of JavaScript print; `read` in them is the npm package."""
    if shutil.which("node") is None:
        pytest.skip("no node on this machine")
    start = f"const read = require({json.dumps(str(package(name)))}), fs = require('fs');\n"
    return json.loads(run("node", "-e", start + text, *arguments))


def played(
    player: str,
    scripts: Sequence[Path],
    items: Sequence[Mapping[str, Any]],
    folder: Path,
    style: str = "",
) -> list[dict[str, Any]]:
    """Play QTI items in a browser.

    Args:
        player: a script in `pages`, without its ending.
        scripts: of the player, in the order they are loaded.
        items: `name`, `xml`, and `tries`: what to answer, each None, a number as text or options.
        folder: for files of passing use.
        style: a style sheet.

    Returns:
        For each item what was shown (`text`, `choices`), the `scores` of the tries, what is shown
        `after` the last one, and the `errors`.
    """
    if chromium() is None:
        pytest.skip("no Chromium on this machine")
    told = f"var ITEMS = {json.dumps(items)};"
    loaded = [path.read_text(encoding="utf-8") for path in scripts]
    driver = (_PAGES / f"{player}.js").read_text(encoding="utf-8")
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><html><head><meta charset="utf-8"><style>{style}</style></head>'
        '<body><div id="app"></div>'
        + "".join(_script(text) for text in (*loaded, told, driver))
        + "</body></html>",
        encoding="utf-8",
    )
    said = browse(folder, "--virtual-time-budget=600000", "--dump-dom", page.as_uri())
    found = re.search("READ(.*)READ", html.unescape(said), re.DOTALL)
    assert found, f"{player} did not come to its end: {said[-400:]}"
    result: list[dict[str, Any]] = json.loads(found.group(1))
    return result


def _script(text: str) -> str:
    return f"<script>{_CLOSING.sub(chr(60) + chr(92) + '/', text)}</script>"
