import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from questionbank.bank import load_bank
from questionbank.checks import (
    CONTENT_RULES,
    RULES,
    WARNINGS,
    is_warning,
    plain,
    release_blockers,
    run_checks,
)
from questionbank.errors import Problem
from questionbank.releases import release

HERE = Path(__file__).parents[2]
OPEN = "questions/model-choice/small-model.md"
NUMERIC = "questions/inference-economics/daily-bill.md"
CHOICE = "questions/foundations/rare-class.md"
CASE = "questions/model-choice/two-steps.md"
RUBRIC = "rubrics/model-choice/small-model.yaml"
POINT = "rubrics/points/measures.yaml"

Edit = Callable[..., None]
Check = Callable[[], list[tuple[str, int, str]]]


@pytest.fixture
def edit(bank_folder: Path) -> Edit:
    def change(name: str, *changes: tuple[str, str]) -> None:
        path = bank_folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")

    return change


@pytest.fixture
def check(bank_folder: Path) -> Check:
    """What is wrong with the small bank beyond what is always wrong with it."""

    def run() -> list[Problem]:
        return run_checks(load_bank([bank_folder], near=bank_folder))

    usual = {(p.path, p.code) for p in run()}

    def beyond() -> list[tuple[str, int, str]]:
        return [(p.path, p.line, p.code) for p in run() if (p.path, p.code) not in usual]

    return beyond


def messages(root: Path, code: str) -> list[str]:
    found = run_checks(load_bank([root], near=root))
    return [problem.message for problem in found if problem.code == code]


def line_of(root: Path, name: str, text: str) -> int:
    lines = (root / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_shipped_bank_has_no_problems_and_no_warnings() -> None:
    assert run_checks(load_bank([HERE], near=HERE)) == []


def test_a_small_sound_bank_has_warnings_only(bank_folder: Path) -> None:
    found = run_checks(load_bank([bank_folder], near=bank_folder))

    assert {(p.path, p.code) for p in found} == {
        (CHOICE, "no-model-answer"),
        (CHOICE, "no-sources"),
        (NUMERIC, "no-sources"),
        (CASE, "no-model-answer"),
        (CASE, "no-sources"),
        (RUBRIC, "few-exemplars"),
        (POINT, "few-exemplars"),
    }
    assert all(is_warning(problem) for problem in found)


def test_reading_problems_come_first_and_everything_is_sorted(
    bank_folder: Path, edit: Edit
) -> None:
    edit(NUMERIC, ("level:", "levle:"))

    found = run_checks(load_bank([bank_folder], near=bank_folder))

    assert found == sorted(set(found))
    assert {(p.path, p.code) for p in found if not is_warning(p)} == {
        (NUMERIC, "unknown-key"),
        (NUMERIC, "missing-key"),
    }


def test_an_unknown_code_is_no_warning() -> None:
    assert not is_warning(Problem("a", 1, "anything", "b"))
    assert is_warning(Problem("a", 1, "no-sources", "b"))


def test_every_rule_says_why_it_is_there() -> None:
    assert all(rule.__doc__ for rule in RULES)
    assert len(set(RULES)) == len(RULES) == len(CONTENT_RULES) + 1


# Rubrics and points


def test_a_rubric_that_no_question_uses_is_a_warning(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    copy = bank_folder / "rubrics" / "model-choice" / "other.yaml"
    text = (bank_folder / RUBRIC).read_text().replace("model-choice/small-model", "other/one")
    copy.write_text(text)

    assert check() == [("rubrics/model-choice/other.yaml", 2, "unused-rubric")]


def test_a_rubric_of_a_broken_question_is_not_called_unused(edit: Edit, check: Check) -> None:
    edit(CASE, ("rubric: model-choice/small-model", "rubric: 7"))
    edit(OPEN, ("level: beginner", "levle: beginner"))

    assert "unused-rubric" not in {code for _, _, code in check()}


def test_a_rubric_that_only_a_broken_case_uses_is_not_called_unused(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    (bank_folder / OPEN).unlink()
    edit(CASE, ("level:", "levle:"))

    assert "unused-rubric" not in {code for _, _, code in check()}


@pytest.mark.parametrize("content", [b"---\n[\n---\n", b"\xff", b""])
def test_nothing_is_called_unused_while_a_file_cannot_be_read(
    bank_folder: Path, check: Check, content: bytes
) -> None:
    for name in (OPEN, CASE, RUBRIC):
        (bank_folder / name).write_bytes(content)

    assert not {"unused-rubric", "unused-point"} & {code for _, _, code in check()}


def test_a_point_that_no_rubric_pins_is_a_warning(bank_folder: Path, check: Check) -> None:
    copy = bank_folder / "rubrics" / "points" / "other.yaml"
    copy.write_text((bank_folder / POINT).read_text().replace("id: measures", "id: other"))

    assert check() == [("rubrics/points/other.yaml", 2, "unused-point")]


def test_few_wordings_are_counted_where_they_stand(bank_folder: Path) -> None:
    bank = load_bank([bank_folder], near=bank_folder)

    found = [p for p in run_checks(bank) if p.code == "few-exemplars"]

    assert [(p.path, p.line, p.message.partition(";")[0]) for p in found] == [
        (RUBRIC, 10, "point cost: 2 exemplars"),
        (RUBRIC, 13, "point cost: 1 counterexamples"),
        (POINT, 6, "point measures: 2 exemplars"),
        (POINT, 9, "point measures: 1 counterexamples"),
    ]


def test_a_rubric_without_examples_is_a_warning(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    text = (bank_folder / RUBRIC).read_text()
    (bank_folder / RUBRIC).write_text(text[: text.index("\nexamples:") + 1])

    assert [(path, code) for path, _, code in check()] == [(RUBRIC, "no-examples")]


@pytest.mark.parametrize(
    ("name", "text", "again"),
    [
        (RUBRIC, "- Money does not matter here.", "- 'money: does NOT matter  here'"),
        (RUBRIC, "- Running the big one is far dearer", "- Running, the big one; is far dearer"),
        (
            POINT,
            "- The published score is enough for me.",
            "- the published score is enough for me",
        ),
    ],
)
def test_wordings_that_differ_in_punctuation_only_are_one(
    bank_folder: Path, edit: Edit, check: Check, name: str, text: str, again: str
) -> None:
    line = next(line for line in (bank_folder / name).read_text().splitlines() if text in line)
    indent = line[: line.index("-")]
    tail = line[line.index(text) + len(text) :]
    edit(name, (line, f"{line}\n{indent}{again}{tail}"))

    number = line_of(bank_folder, name, again)
    assert check() == [(name, number, "duplicate-exemplar")]
    assert f"line {number - 1} already" in messages(bank_folder, "duplicate-exemplar")[0]


def test_a_wording_cannot_meet_and_miss_a_point(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    edit(POINT, ("- The published", "- i would test BOTH on our own tickets\n  - The published"))

    assert (POINT, 10, "exemplar-conflict") in check()


@pytest.mark.parametrize("name", [RUBRIC, POINT])
def test_an_exemplar_in_the_words_of_the_prompt_is_refused(
    bank_folder: Path, edit: Edit, check: Check, name: str
) -> None:
    first = {RUBRIC: "I would compare the monthly bill of both models.", POINT: "I would test both"}
    echo = "How would you choose, a small model or a large one?"
    edit(name, (first[name], f"{echo} {'#' if name == POINT else ''}"))

    assert (name, line_of(bank_folder, name, echo), "exemplar-repeats-prompt") in check()


def test_a_short_exemplar_may_use_words_of_the_prompt(edit: Edit, check: Check) -> None:
    edit(RUBRIC, ("I would compare the monthly bill of both models.", "A small one!"))

    assert check() == []


# Questions


def test_options_with_one_text_are_refused(bank_folder: Path, edit: Edit, check: Check) -> None:
    edit(CHOICE, ("text: Recall", "text: accuracy."))

    assert check() == [
        (CHOICE, line_of(bank_folder, CHOICE, "text: accuracy."), "duplicate-option")
    ]


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_only_active_questions_must_be_complete(edit: Edit, check: Check, status: str) -> None:
    edit(CHOICE, ("version: 1.0.0", f"version: 1.0.0\nstatus: {status}"))
    edit(OPEN, ("## Model answer", "## Exhibit"), ("## Sources\n\n- Own experience.", ""))

    assert check() == [(OPEN, 3, "no-model-answer"), (OPEN, 3, "no-sources")]


def test_a_case_may_have_one_model_answer_for_all_parts(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    assert "for sum;" in messages(bank_folder, "no-model-answer")[1]
    edit(CASE, ("## Part: why", "## Model answer\n\nTake A, 120.\n\n## Part: why"))

    assert len(messages(bank_folder, "no-model-answer")) == 1


@pytest.mark.parametrize("section", ["## Prompt\n\n", "## Exhibit\n\n"])
def test_a_model_answer_must_not_be_shown_before(
    bank_folder: Path, edit: Edit, check: Check, section: str
) -> None:
    leak = "Well: compare the COST of both and test both on our own data, says the boss."
    edit(OPEN, ("## Prompt\n\n", f"{section}{leak}\n\n## Follow-ups\n\n- x\n\n## Prompt\n\n"))
    if "Prompt" in section:
        edit(OPEN, ("## Follow-ups\n\n- x\n\n## Prompt\n\n", ""))

    assert check() == [(OPEN, line_of(bank_folder, OPEN, section.strip()), "answer-in-prompt")]


def test_a_case_must_not_tell_the_answer_to_a_part(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    answer = "The one that is cheaper for the same measured quality."
    edit(CASE, ("A firm has two offers.", f"A firm has two offers. {answer}"))

    assert check() == [(CASE, line_of(bank_folder, CASE, "## Prompt"), "answer-in-prompt")]


def test_a_short_model_answer_may_stand_in_the_prompt(edit: Edit, check: Check) -> None:
    edit(
        OPEN,
        ("Compare the cost of both, and test both on our own data.", "A small model"),
        ("A small model or a large one", "a small model? The larger one"),
    )
    assert [code for _, _, code in check()] == ["answer-in-prompt"]

    edit(OPEN, ("\nA small model\n", "\nsmall model\n"))

    assert check() == []


# Releases


def test_edits_of_released_versions_are_part_of_the_check(
    bank_folder: Path, edit: Edit, check: Check
) -> None:
    release(load_bank([bank_folder]), bank_folder)
    assert check() == []

    edit(OPEN, ("minutes: 4", "minutes: 5"))

    assert check() == [(OPEN, 4, "edited-without-version")]


def test_a_release_is_not_held_up_by_what_it_settles_itself(bank_folder: Path, edit: Edit) -> None:
    release(load_bank([bank_folder]), bank_folder)
    edit(OPEN, ("minutes: 4", "minutes: 5"))
    edit(POINT, ("version: 1.0.0", "version: 1.1.0"))
    edit(CHOICE, ("text: Recall", "text: accuracy."))

    found = release_blockers(load_bank([bank_folder], near=bank_folder))

    assert [(problem.path, problem.code) for problem in found] == [(CHOICE, "duplicate-option")]


# House


def test_warnings_are_codes_that_rules_use() -> None:
    source = "".join(path.read_text() for path in (HERE / "questionbank").glob("*.py"))
    assert all(source.count(f'"{code}"') >= 2 or code == "unused-parameter" for code in WARNINGS)


@pytest.mark.parametrize(
    ("text", "words"), [("It's 10x — REALLY!", "it s 10x really"), ("  ", ""), ("Größe", "grösse")]
)
def test_plain_text_has_neither_case_nor_punctuation(text: str, words: str) -> None:
    assert plain(text) == words


def test_checks_start_without_the_heavy_libraries() -> None:
    code = (
        "import sys, questionbank.checks, questionbank.releases, questionbank.revisions\n"
        "heavy = {'torch', 'numpy', 'sqlalchemy', 'alembic', 'subprocess'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
