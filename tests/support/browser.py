"""A headless Chromium: what axe-core says of a page, and what a page looks like on paper."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_RUN = """
axe.run(document, {resultTypes: ['violations', 'incomplete', 'passes']}).then(function (found) {
  var kept = {violations: found.violations.map(function (one) {
    return {id: one.id, help: one.help, at: one.nodes.map(function (node) { return node.html; })};
  }), passes: found.passes.length};
  document.body.textContent = 'AXE' + JSON.stringify(kept) + 'AXE';
});
"""


def chromium() -> str | None:
    """The browser on this machine, if there is one."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def browse(folder: Path, *arguments: str) -> str:
    """Start the browser once and return what it prints."""
    program = chromium()
    assert program is not None, "these tests need Chromium; install it, or leave out -m looks"
    done = subprocess.run(
        [program, *_FLAGS, f"--user-data-dir={folder / 'browser'}", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout


def axe(page: bytes, script: Path, folder: Path, *, dark: bool = False) -> dict[str, Any]:
    """Check a page with axe-core.

    Args:
        page: HTML; its policy against scripts is taken out of the copy that is checked.
        script: `axe.min.js`.
        folder: for files of passing use.
        dark: whether the reader prefers dark pages.

    Returns:
        `violations`, each with id, help and the elements, and how many rules passed.
    """
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.decode())
    source = script.read_text(encoding="utf-8").replace("</script", "<\\/script")
    copy = folder / "checked.html"
    scripts = f"<script>{source}</script><script>{_RUN}</script></body>"
    copy.write_text(text.replace("</body>", scripts), encoding="utf-8")
    shade = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    said = browse(folder, *shade, "--virtual-time-budget=60000", "--dump-dom", copy.as_uri())
    found = re.search("AXE(.*)AXE", html.unescape(said), re.DOTALL)
    assert found, f"axe-core did not finish: {said[-400:]}"
    result: dict[str, Any] = json.loads(found.group(1))
    return result
