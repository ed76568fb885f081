"""Whether libraries and precisions give the same verdicts.

Run with `python -m pytest tests/benchmarks/test_backends_agree.py -m benchmark --data FOLDER`; the
folder holds `interview_dev.jsonl`. Without it only what the bank has is graded; `--every 10` takes
every tenth rubric only. Half an hour on two cores.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from grader.backends import OPENVINO, TORCH
from grader.loading import GraderSettings, load_grader
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.attack_check import short_form
from questionbank.attacks.material import materials
from questionbank.bank import Bank, load_bank
from questionbank.judging import instance_of
from questionbank.labelled_file import InterviewRow, LabelledFile
from questionbank.rubric_tests import prompts_of

pytestmark = [pytest.mark.benchmark, pytest.mark.model]

ROOT = Path(__file__).parents[2]
MOST = 0.002
"""Share of verdicts that may differ from torch in float32."""
OTHERS = [(TORCH, "bfloat16"), (OPENVINO, "float32"), (OPENVINO, "bfloat16")]


Requests = dict[str, GradeRequest]
"""By what they are called: the suite, and then what tells them apart."""


@pytest.fixture(scope="module")
def requests_(pytestconfig: pytest.Config) -> Requests:
    bank = load_bank([ROOT])
    every = int(pytestconfig.getoption("--every", default=1))
    wanted = set(sorted(bank.rubrics)[::every])
    found = {**dict(examples(bank)), **dict(attacks(bank))}
    if data := pytestconfig.getoption("--data"):
        found |= dict(interviews(bank, Path(data) / "interview_dev.jsonl"))
    return {name: one for name, one in found.items() if one.rubric.id in wanted}


def examples(bank: Bank) -> Iterator[tuple[str, GradeRequest]]:
    """The graded examples of every rubric."""
    prompts = prompts_of(bank)
    for rubric in bank.rubrics.values():
        for example in rubric.examples:
            request = GradeRequest(
                answer=example.answer, rubric=rubric, question=prompts.get(rubric.id)
            )
            yield f"examples: {rubric.id} {example.id}", request


def attacks(bank: Bank) -> Iterator[tuple[str, GradeRequest]]:
    """The attacks that `check` makes."""
    found = materials(bank)
    for one in short_form(bank):
        of = found[one.rubric_id]
        request = GradeRequest(answer=one.text, rubric=of.rubric, question=of.prompt)
        yield f"attacks: {one.rubric_id} {one.family} {one.number}", request


def interviews(bank: Bank, path: Path) -> Iterator[tuple[str, GradeRequest]]:
    """Labelled answers to open questions."""
    for line, row in LabelledFile(path).rows():
        assert isinstance(row, InterviewRow)
        asked = instance_of(line, row, bank)
        if asked.rubric:
            request = GradeRequest(answer=row.answer, rubric=asked.rubric, question=asked.prompt)
            yield f"interviews: {asked.rubric.id} line {line}", request


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


Verdicts = dict[tuple[str, str], Verdict]
"""By request and point."""


def verdicts(requests_: Requests, backend: str, dtype: str, folder: Path) -> Verdicts:
    grader = load_grader(
        GraderSettings(device="cpu", dtype=dtype, backend=backend, cache_folder=folder)
    )
    return {
        (name, point.id): point.verdict
        for name, grade in zip(requests_, grader.grade_many(requests_.values()), strict=True)
        for point in grade.points
    }


@pytest.fixture(scope="module")
def yardstick(requests_: Requests, folder: Path) -> Verdicts:
    return verdicts(requests_, TORCH, "float32", folder)


@pytest.mark.parametrize(("backend", "dtype"), OTHERS)
def test_other_libraries_and_precisions_give_the_same_verdicts(
    backend: str,
    dtype: str,
    requests_: Requests,
    yardstick: Verdicts,
    folder: Path,
    compared: Callable[[str], None],
) -> None:
    if backend == OPENVINO and find_spec("openvino") is None:
        pytest.fail("install the extra first: pip install 'questionbank[openvino]'")
    found = verdicts(requests_, backend, dtype, folder)
    shares = {}
    for suite in dict.fromkeys(name.partition(":")[0] for name in requests_):
        of_suite = [key for key in yardstick if key[0].startswith(f"{suite}:")]
        differing = [key for key in of_suite if found[key] is not yardstick[key]]
        shares[suite] = len(differing) / len(of_suite)
        count = f"{len(differing)} of {len(of_suite)} verdicts, {shares[suite]:.2%}"
        compared(f"{backend} {dtype}, {suite}: {count}")
        for key in differing:
            compared(f"  {' '.join(key)}: {yardstick[key].value} became {found[key].value}")
    assert max(shares.values()) <= MOST
