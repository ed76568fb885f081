"""The five rules that keep the parts apart, read from the imports themselves."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("questionbank", "grader")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): path for package in PACKAGES for path in (ROOT / package).rglob("*.py")
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports_in(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[tuple[str, str]]:
    """(module, name) of each import: at the top, in functions, under TYPE_CHECKING alike."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                kept = parts[: len(parts) - node.level + is_package]
                base = ".".join([*kept, *([node.module] if node.module else [])])
            for alias in node.names:
                yield base, alias.name
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, ""


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def imported(name: str) -> set[str]:
    """Full names of what a module imports, names taken from packages included."""
    found = set()
    is_package = MODULES[name].name == "__init__.py"
    for base, part in imports_in(TREES[name], name, is_package=is_package):
        found.add(base)
        if part:
            found.add(f"{base}.{part}")
    return found


def roots(name: str) -> set[str]:
    return {module.split(".")[0] for module in imported(name)}


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("grader")))
def test_the_grader_knows_nothing_of_the_bank(name: str) -> None:
    assert "questionbank" not in roots(name)


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {name: {other for other in imported(name) if other in MODULES} for name in MODULES}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")


DOORS = {
    # Training the adapter or the network needs gradients; grading never imports it.
    # `openvino_graph` turns a torch model into a graph, `peak` measures the machine.
    "torch": {
        "grader.sentence_encoder",
        "grader.device",
        "grader.narrowing",
        "grader.adapting",
        "grader.reference_training",
        "grader.openvino_graph",
        "grader.peak",
    },
    "openvino": {"grader.openvino_encoder", "grader.openvino_graph"},
    "tokenizers": {"grader.openvino_encoder"},
    "sentence_transformers": {"grader.sentence_encoder"},
    "transformers": {"grader.sentence_encoder"},
    "sklearn": {"grader.growing", "grader.agreement"},
    "markdown_it": {"questionbank.source"},
    "ruamel": {"questionbank.yaml_reader", "questionbank.yaml_writer"},
    "yaml": set(),
    "simpleeval": {"questionbank.numeric"},
    "confusable_homoglyphs": {"grader.text"},
    "platformdirs": {"questionbank.folders"},
    "rfc8785": {"grader.canonical"},
    "safetensors": {"grader.cache", "grader.adapter", "grader.reference_net"},
    "genanki": {"questionbank.exports.anki"},
    "defusedxml": {"questionbank.imports.xml_tree"},
    "nh3": {"questionbank.exports.markup"},
    "sqlalchemy": {
        "questionbank.store",
        "questionbank.database",
        "questionbank.database_url",  # takes URLs apart, and sends nothing
        "questionbank.queries",
    },
    "typst": {"questionbank.exports.packet_pdf"},
    # Two files for one door: what python-docx has no call for would not fit beside the writer.
    "docx": {"questionbank.exports.packet_docx", "questionbank.exports.packet_docx_parts"},
    "alembic": {"questionbank.database"},
    # `kept` is no record: what it holds can be computed again.
    "sqlite3": {"questionbank.database", "questionbank.backup", "grader.kept"},
    "fsspec": {"questionbank.remote"},
    "pyarrow": {"questionbank.parquet", "questionbank.ray_engine.engine"},
}
FOLDERS = {
    "sqlalchemy": "questionbank.migrations",
    "alembic": "questionbank.migrations",
    "click": "questionbank.cli",
    "rich": "questionbank.cli",
    "prompt_toolkit": "questionbank.cli",
    "ray": "questionbank.ray_engine",
}


@pytest.mark.parametrize("library", sorted({*DOORS, *FOLDERS}))
def test_each_foreign_library_has_one_door(library: str) -> None:
    users = {name for name in MODULES if library in roots(name)}
    folder = FOLDERS.get(library)
    inside = {name for name in users if folder and f"{name}.".startswith(f"{folder}.")}
    assert users - inside <= DOORS.get(library, set())


PRINTERS = {
    "questionbank.cli.render": "the one place that prints",
    "grader.worker": "speaks JSON lines with the process that started it",
    "grader.fitting": "a program of its own, run by maintainers; prints the fit's figures",
    "grader.adapting": "a program of its own, run by maintainers; says why it cannot train",
    "grader.reference_fitting": "a program of its own, run by maintainers; prints the figures",
    "grader.reference_gains": "a program of its own, run by maintainers; prints learning curves",
}


def prints(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = ast.unparse(node.func)
        last = function.rsplit(".", 1)[-1]
        if last in ("print", "Console", "echo", "secho", "print_formatted_text"):
            yield function
        if function.startswith(("sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer")):
            yield function


@pytest.mark.parametrize("name", sorted(set(MODULES) - set(PRINTERS)))
def test_printing_is_left_to_the_renderer(name: str) -> None:
    assert list(prints(TREES[name])) == []


HANDED_IN = [
    name
    for name in (
        "questionbank.quiz",
        "questionbank.scoring",
        "questionbank.report",
        "questionbank.interview",
        "questionbank.readiness",
        "questionbank.compare",
        "questionbank.rating",
        "questionbank.panel",
        "questionbank.candidates",
        "questionbank.happenings",
        "grader.reliability",
        "grader.text",
        "grader.similarity",
        "grader.features",
        "grader.units",
        "grader.cues",
        "grader.engine",
        "grader.reading",
        "grader.refining",
        "grader.gains",
        "grader.reference_features",
        "grader.reference_refining",
        "grader.reference_curve",
    )
    if name in MODULES
]
OUTSIDE = {"time", "random", "secrets", "os", "io", "sys", "socket", "subprocess", "tempfile"}
"""Modules through which clock, chance, disk and terminal are reached."""
REACHING = {
    "open",
    "input",
    "now",
    "utcnow",
    "today",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "default_rng",
    "uuid4",
}


@pytest.mark.parametrize("name", HANDED_IN)
def test_clock_chance_disk_and_terminal_are_handed_in(name: str) -> None:
    assert not roots(name) & (OUTSIDE | {"numpy.random", "uuid", "shutil"})
    assert "pathlib.Path" not in imported(name)
    assert "numpy.random" not in imported(name)
    calls = {_called(node) for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)}
    assert not calls & REACHING


def test_the_modules_that_take_everything_by_hand_are_there() -> None:
    assert {"questionbank.quiz", "questionbank.scoring", "grader.engine"} <= set(HANDED_IN)


HEAVY = ("torch", "numpy", "sentence_transformers", "transformers", "sklearn")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["list"],
        ["list", "--json"],
        ["check", "--no-grading"],
        ["show", "foundations/rare-class"],
        ["search", "model"],
        ["release", "--dry-run"],
        ["export", "bank", "--to", "qti3", "--output", "bank.zip"],
        ["export", "bank", "--to", "anki", "--output", "bank.apkg"],
        ["export", "packet", "--help"],
        ["import", "--help"],
        ["quiz", "--help"],
        ["review", "--list"],
        ["regrade", "--help"],
        ["interview", "plan", "--help"],
        ["interview", "rate", "--help"],
        ["interview", "list"],
        ["interview", "retain", "--days", "30", "--dry-run"],
        ["audit", "verify"],
        ["interview", "run", "--help"],
        ["interview", "candidate", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_that_grades_nothing_starts_without_torch(
    bank_folder: Path, arguments: list[str]
) -> None:
    """Run the command in a process of its own and look at what it has loaded."""
    code = (
        "import json, sys\n"
        "from questionbank.cli.main import main\n"
        f"sys.argv = ['questionbank', *{arguments!r}]\n"
        "try:\n"
        "    status = main()\n"
        "except SystemExit as stop:\n"
        "    status = stop.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print('\\n' + json.dumps({'status': status or 0, 'loaded': loaded}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=bank_folder, capture_output=True, text=True, timeout=60
    )
    assert done.stdout, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"status": 0, "loaded": []}, done.stderr


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import torch", {("torch", "")}),
        ("def f():\n    import torch.nn as n", {("torch.nn", "")}),
        ("if TYPE_CHECKING:\n    from a.b import c", {("a.b", "c")}),
        ("from . import x", {("p.q", "x")}),
        ("from .y import x", {("p.q.y", "x")}),
        ("from .. import x", {("p", "x")}),
        ("import importlib\nimportlib.import_module('torch')", {("importlib", ""), ("torch", "")}),
    ],
)
def test_the_reader_of_imports_sees_them_all(source: str, expected: set[tuple[str, str]]) -> None:
    assert set(imports_in(ast.parse(source), "p.q.r", is_package=False)) == expected
