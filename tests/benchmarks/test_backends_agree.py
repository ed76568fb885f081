"""Whether libraries and precisions give the same verdicts.

Run with `python -m pytest tests/benchmarks/test_backends_agree.py -m benchmark`; `--every 10` looks
at every tenth rubric only.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from grader.backends import OPENVINO, TORCH
from grader.loading import GraderSettings, load_grader
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.bank import load_bank
from questionbank.rubric_tests import prompts_of

pytestmark = [pytest.mark.benchmark, pytest.mark.model]

ROOT = Path(__file__).parents[2]
MOST = 0.002
"""Share of verdicts that may differ from torch in float32."""
OTHERS = [(TORCH, "bfloat16"), (OPENVINO, "float32"), (OPENVINO, "bfloat16")]


@pytest.fixture(scope="module")
def requests_(pytestconfig: pytest.Config) -> list[GradeRequest]:
    bank = load_bank([ROOT])
    prompts = prompts_of(bank)
    every = int(pytestconfig.getoption("--every", default=1))
    rubrics = [rubric for _, rubric in sorted(bank.rubrics.items())][::every]
    return [
        GradeRequest(answer=example.answer, rubric=rubric, question=prompts.get(rubric.id))
        for rubric in rubrics
        for example in rubric.examples
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


Verdicts = dict[str, Verdict]


def verdicts(requests_: list[GradeRequest], backend: str, dtype: str, folder: Path) -> Verdicts:
    grader = load_grader(
        GraderSettings(device="cpu", dtype=dtype, backend=backend, cache_folder=folder)
    )
    return {
        f"{request.rubric.id} #{number} {point.id}": point.verdict
        for number, (request, grade) in enumerate(
            zip(requests_, grader.grade_many(requests_), strict=True)
        )
        for point in grade.points
    }


@pytest.fixture(scope="module")
def yardstick(requests_: list[GradeRequest], folder: Path) -> Verdicts:
    return verdicts(requests_, TORCH, "float32", folder)


@pytest.mark.parametrize(("backend", "dtype"), OTHERS)
def test_other_libraries_and_precisions_give_the_same_verdicts(
    backend: str,
    dtype: str,
    requests_: list[GradeRequest],
    yardstick: Verdicts,
    folder: Path,
    compared: Callable[[str], None],
) -> None:
    if backend == OPENVINO and find_spec("openvino") is None:
        pytest.fail("install the extra first: pip install 'questionbank[openvino]'")
    found = verdicts(requests_, backend, dtype, folder)
    differing = [name for name in yardstick if found[name] is not yardstick[name]]
    share = len(differing) / len(yardstick)
    compared(f"{backend} {dtype}: {len(differing)} of {len(yardstick)} verdicts, {share:.2%}")
    for name in differing:
        compared(f"  {name}: {yardstick[name].value} became {found[name].value}")
    assert share <= MOST
