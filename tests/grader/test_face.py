import subprocess
import sys

import pytest

import grader


def test_the_public_names_are_there_and_no_others() -> None:
    for name in grader.__all__:
        assert getattr(grader, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = grader.Nothing


@pytest.mark.parametrize("module", ["grader", "grader.worker_client", "grader.grade"])
def test_importing_the_light_parts_brings_in_no_numbers(module: str) -> None:
    heavy = ("numpy", "torch", "sentence_transformers", "sklearn")
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_grading_itself_needs_no_torch() -> None:
    code = "import sys, grader.engine; print('torch' in sys.modules, 'sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
