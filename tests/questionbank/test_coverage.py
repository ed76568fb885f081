"""What a bank must hold, counted from its files."""

from pathlib import Path

import pytest
from blueprints import bank_of, question

from questionbank.bank import load_bank
from questionbank.coverage import (
    Coverage,
    Thing,
    Which,
    count_coverage,
    count_everything,
    coverage_problems,
    read_coverage,
)
from questionbank.errors import ContentError

FILE = """\
format: 1
version: 1.0.0
rows:
- title: choosing
  which: {strategies: [model-choice]}
  least: 2
  things:
  - {name: cost, topics: [cost]}
  - {name: own tickets, terms: [own data]}
- title: numbers
  which: {kinds: [numeric]}
  least: 2
  things:
  - {name: MLPerf, terms: [MLPerf]}
"""


def put(folder: Path, text: str) -> None:
    (folder / "questions" / "coverage.yaml").write_text(text)


def test_rows_and_named_things_are_counted(bank_folder: Path) -> None:
    put(bank_folder, FILE)
    bank = load_bank([bank_folder])
    assert bank.problems == []
    file = read_coverage(bank, bank_folder)
    assert file is not None
    choosing, numbers = counted = count_coverage(file.coverage, bank)
    assert choosing.questions == ("model-choice/small-model", "model-choice/two-steps")
    # The case says nothing of own data; the rubric of one of its parts does.
    assert choosing.things[1].questions == choosing.questions
    assert (choosing.holds, choosing.missing) == (True, ())
    assert (numbers.holds, numbers.missing) == (False, ("MLPerf",))
    assert [str(problem) for problem in coverage_problems(file, counted)] == [
        "questions/coverage.yaml:10: coverage-gap: numbers: 1 active questions, 2 are needed",
        "questions/coverage.yaml:10: coverage-gap: numbers: no active question is about MLPerf",
    ]


def test_a_thing_is_looked_for_in_its_own_row_only(bank_folder: Path) -> None:
    put(bank_folder, FILE.replace("terms: [MLPerf]", "terms: [own data]"))
    bank = load_bank([bank_folder])
    file = read_coverage(bank)
    assert file is not None
    assert count_coverage(file.coverage, bank)[1].missing == ("MLPerf",)


def test_what_neither_question_nor_rubric_says_is_missing(bank_folder: Path) -> None:
    put(bank_folder, FILE.replace("terms: [own data]", "terms: [Own data]"))
    bank = load_bank([bank_folder])
    file = read_coverage(bank)
    assert file is not None
    assert count_coverage(file.coverage, bank)[0].missing == ("own tickets",)


def test_a_draft_does_not_count(bank_folder: Path) -> None:
    path = bank_folder / "questions/model-choice/two-steps.md"
    path.write_text(path.read_text().replace("kind: case", "status: draft\nkind: case"))
    put(bank_folder, FILE)
    bank = load_bank([bank_folder])
    file = read_coverage(bank)
    assert file is not None
    assert count_coverage(file.coverage, bank)[0].questions == ("model-choice/small-model",)


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("A CNN sees.", "CNN", True),
        ("A cnn sees.", "CNN", False),
        ("The map is old.", "mAP", False),
        ("Diffusion Models draw.", "diffusion models", True),
        ("Diffusion\nmodels draw.", "diffusion models", True),
        ("Overfitting hurts.", "fitting", False),
        ("$5 per million tokens.", "per million tokens", True),
        ("Weights & Biases logs it.", "Weights & Biases", True),
    ],
)
def test_terms_are_whole_words_and_capitals_count(text: str, term: str, found: bool) -> None:
    bank = bank_of(question("a/one", prompt=text))
    coverage = Coverage.model_validate(
        {
            "version": "1.0.0",
            "rows": [{"title": "r", "least": 0, "things": [{"name": "t", "terms": [term]}]}],
        }
    )
    assert bool(count_coverage(coverage, bank)[0].things[0].questions) is found


@pytest.mark.parametrize(
    ("which", "counts"),
    [
        ({}, True),
        ({"strategies": ["b"]}, False),
        ({"levels": ["advanced"]}, False),
        ({"kinds": ["open"]}, False),
        ({"audiences": ["investor"]}, False),
        ({"audiences": ["investor", "engineer"]}, True),
        ({"topics": ["cost"]}, True),
        ({"topics": ["x"]}, False),
        ({"terms": ["which"]}, True),
        ({"terms": ["whither"]}, False),
        ({"terms": ["that"]}, True),
    ],
    ids=str,
)
def test_a_row_counts_what_meets_all_it_asks(which: dict[str, object], counts: bool) -> None:
    row = {"title": "r", "least": 1, "which": which}
    coverage = Coverage.model_validate({"version": "1.0.0", "rows": [row]})
    (counted,) = count_coverage(coverage, bank_of(question("a/one")))
    assert counted.holds is counts


def test_the_parts_of_a_case_are_read(bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    coverage = Coverage.model_validate(
        {
            "version": "1.0.0",
            "rows": [
                {
                    "title": "cases",
                    "which": Which(kinds=("case",)).model_dump(),
                    "least": 1,
                    "things": [Thing(name="x", terms=("cheaper for the same",)).model_dump()],
                }
            ],
        }
    )
    assert count_coverage(coverage, bank)[0].holds


def test_a_bank_that_asks_for_nothing_is_counted_all_the_same(bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    assert read_coverage(bank) is None
    counted = {row.title: len(row.questions) for row in count_everything(bank)}
    assert counted["model-choice"] == 2
    assert counted["beginner"] == 2
    assert counted["case"] == 1
    assert counted["engineer"] == 2
    assert all(row.holds for row in count_everything(bank))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE.replace("format: 1", "format: 9"), ":1: newer-format:"),
        (FILE.replace("least: 2", "last: 2", 1), ":6: unknown-key:"),
        (FILE.replace("least: 2", "least: two", 1), ":6: wrong-type:"),
        (FILE.replace("[numeric]", "[essay]"), ":11: invalid-value:"),
        ("rows: [", "yaml-syntax"),
        ("\x07", "control-character"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(text: str, words: str, bank_folder: Path) -> None:
    put(bank_folder, text)
    with pytest.raises(ContentError) as caught:
        read_coverage(load_bank([bank_folder]))
    assert words in str(caught.value)


def test_the_topmost_folder_decides(bank_folder: Path, tmp_path: Path) -> None:
    put(bank_folder, FILE)
    over = tmp_path / "over"
    for name in ("questions", "rubrics"):
        (over / name).mkdir(parents=True)
    below = read_coverage(load_bank([bank_folder, over]))
    assert below is not None
    assert len(below.coverage.rows) == 2
    put(over, "format: 1\nversion: 2.0.0\nrows: [{title: all, least: 1}]\n")
    above = read_coverage(load_bank([bank_folder, over]))
    assert above is not None
    assert above.coverage.version == "2.0.0"


def test_what_the_shipped_bank_must_hold_is_there() -> None:
    bank = load_bank([Path(__file__).parents[2]])
    file = read_coverage(bank)
    assert file is not None
    assert list(coverage_problems(file, count_coverage(file.coverage, bank))) == []
