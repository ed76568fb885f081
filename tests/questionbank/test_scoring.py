"""An answer to each kind of question, graded."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.grade import Grade, PointGrade, Provenance
from grader.rubric import Rubric
from grader.verdict import Flag, Verdict
from questionbank.bank import Bank, load_bank
from questionbank.instance import Instance, instances
from questionbank.question import QUESTION
from questionbank.scoring import ANSWER, chosen_options, feedback, score


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def never(answer: str, rubric: Rubric, question: str | None) -> Grade:
    raise AssertionError("a closed answer needs no grader")


def numeric(
    formula: str = "200",
    tolerance: dict[str, float] | None = None,
    mistakes: Sequence[dict[str, str]] = (),
) -> Instance:
    question = QUESTION.validate_python(
        {
            "id": "a/b", "version": "1.0.0", "title": "T", "strategy": "a", "level": "beginner",
            "audience": ["engineer"], "topics": ["t"], "minutes": 1, "kind": "numeric",
            "prompt": "How many?", "unit": "pieces", "tolerance": tolerance or {"relative": 0.05},
            "formula": formula, "mistakes": list(mistakes), "points": 2,
        }
    )  # fmt: skip
    return instances(question, {}, 0)[0]


def choice(right: Sequence[str], others: Sequence[str]) -> Instance:
    options = [{"id": name, "text": name, "correct": True, "why": "w"} for name in right]
    options += [{"id": name, "text": name, "why": "w"} for name in others]
    question = QUESTION.validate_python(
        {
            "id": "a/b", "version": "1.0.0", "title": "T", "strategy": "a", "level": "beginner",
            "audience": ["engineer"], "topics": ["t"], "minutes": 1, "kind": "choice",
            "prompt": "Which?", "options": options,
        }
    )  # fmt: skip
    return instances(question, {}, 0)[0]


@pytest.mark.parametrize(
    ("answer", "verdict", "points"),
    [
        ("200", Verdict.MET, 2.0),
        ("about 205 pieces", Verdict.MET, 2.0),
        ("2 * 100 = 200", Verdict.MET, 2.0),
        ("0.2k", Verdict.MET, 2.0),
        ("211", Verdict.NOT_MET, 0.0),
        ("-200", Verdict.NOT_MET, 0.0),
        ("200 or 300", Verdict.NEEDS_REVIEW, None),
        ("no idea", Verdict.NOT_MET, 0.0),
        ("", Verdict.NOT_MET, 0.0),
    ],
)
def test_a_number_is_right_within_the_tolerance(
    answer: str, verdict: Verdict, points: float | None
) -> None:
    grade = score(numeric(), answer, never, "1.2.3")
    (point,) = grade.points
    assert (point.id, point.verdict, point.points, point.max_points) == (
        ANSWER, verdict, points, 2.0,
    )  # fmt: skip
    assert (grade.score, grade.max_score) == (points or 0.0, 2.0)
    assert point.features["right"] == 200.0
    assert bool(grade.review) == (verdict is Verdict.NEEDS_REVIEW)
    assert grade.provenance.package_version == "1.2.3"
    assert grade.provenance.model is None


@pytest.mark.parametrize(
    ("answer", "flags"),
    [(" \n\t", (Flag.BLANK,)), ("no idea", (Flag.NOT_TEXT,)), ("7", ()), ("7 or 8", ())],
)
def test_a_numeric_answer_without_a_number_is_flagged(answer: str, flags: tuple[Flag, ...]) -> None:
    assert score(numeric(), answer, never, "1").flags == flags


def test_the_evidence_is_the_answer_without_the_space_around_it() -> None:
    point = score(numeric(), " \n 200 pieces\t", never, "1").points[0]
    assert point.evidence is not None
    assert (point.evidence.start, point.evidence.end) == (3, 13)
    assert point.evidence.text == "200 pieces"
    assert score(numeric(), "  ", never, "1").points[0].evidence is None


def test_numbers_are_recorded_the_same_on_every_machine() -> None:
    grade = score(numeric("1 / 3"), "0.33333333333333", never, "1")
    assert grade.points[0].features == {"right": 0.3333333333, "given": 0.3333333333}


MISTAKES = (
    {"formula": "100", "feedback": "Both ways count."},
    {"formula": "2000", "feedback": "Ten times too much."},
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("100", "Both ways count."),
        ("2,010", "Ten times too much."),
        ("200", None),
        ("777", None),
        ("none", None),
    ],
)
def test_a_foreseen_mistake_has_its_feedback(answer: str, said: str | None) -> None:
    assert feedback(numeric(mistakes=MISTAKES), answer) == said


def test_other_kinds_foresee_no_mistakes() -> None:
    assert feedback(choice("a", "b"), "b") is None


@pytest.mark.parametrize(
    ("answer", "chosen", "unknown"),
    [
        ("a, c", "ac", ()),
        ("a c", "ac", ()),
        ("A and C", "ac", ()),
        ("ac", "ac", ()),
        ("(a) (c)", "ac", ()),
        ("- a\n- c", "ac", ()),
        ("options a, c.", "ac", ()),
        ("a a a", "a", ()),
        ("answer: d", "d", ()),
        ("", "", ()),
        ("???", "", ()),
        ("e", "", ("e",)),
        ("a, e", "a", ("e",)),
        ("ae", "", ("ae",)),
        ("ab cd", "", ("ab", "cd")),
        ("да", "", ("да",)),
        ("none of them", "", ("none", "of", "them")),
    ],
)
def test_options_are_read_as_people_write_them(
    answer: str, chosen: str, unknown: tuple[str, ...]
) -> None:
    task = choice("ac", "bd").task
    assert chosen_options(task, answer) == (frozenset(chosen), unknown)


def test_long_names_of_options_are_not_run_together() -> None:
    task = choice(["recall", "a"], ["precision"]).task
    assert chosen_options(task, "Recall and precision") == ({"recall", "precision"}, ())
    assert chosen_options(task, "aa") == (frozenset(), ("aa",))


@pytest.mark.parametrize(
    ("answer", "verdict", "points", "flags"),
    [
        ("a b c", Verdict.MET, 1.0, ()),
        ("c, a, b", Verdict.MET, 1.0, ()),
        ("a b", Verdict.PARTIAL, 0.5, ()),
        ("a", Verdict.NOT_MET, 0.0, ()),
        ("a b c d", Verdict.NOT_MET, 0.0, ()),
        ("a b d", Verdict.NOT_MET, 0.0, ()),
        ("d", Verdict.NOT_MET, 0.0, ()),
        ("", Verdict.NOT_MET, 0.0, (Flag.BLANK,)),
        ("?!", Verdict.NOT_MET, 0.0, (Flag.NOT_TEXT,)),
        ("a b and perhaps c", Verdict.NEEDS_REVIEW, None, ()),
    ],
)
def test_a_choice_is_right_only_without_a_wrong_option(
    answer: str, verdict: Verdict, points: float | None, flags: tuple[Flag, ...]
) -> None:
    grade = score(choice("abc", "d"), answer, never, "1")
    (point,) = grade.points
    assert (point.verdict, point.points, grade.flags) == (verdict, points, flags)
    assert bool(grade.review) == (verdict is Verdict.NEEDS_REVIEW)


def test_a_choice_records_how_many_were_right_and_wrong() -> None:
    point = score(choice("abc", "de"), "a b d", never, "1").points[0]
    assert point.features == {"right_chosen": 2.0, "right": 3.0, "wrong_chosen": 1.0}


def test_an_open_answer_goes_to_the_grader_with_rubric_and_prompt(bank: Bank) -> None:
    (instance,) = instances(bank.question("model-choice/small-model"), bank.rubrics, 0)
    seen = []
    point = PointGrade(id="cost", verdict=Verdict.MET, points=2.0, max_points=2.0)
    made = Grade(
        score=2.0, max_score=2.0, points=(point,), provenance=Provenance(package_version="9")
    )

    def grade_open(answer: str, rubric: Rubric, question: str | None) -> Grade:
        seen.append((answer, rubric, question))
        return made

    grade = score(instance, "my words", grade_open, "1")
    assert seen == [
        ("my words", instance.rubric, "A small model or a large one: how would you choose?")
    ]
    assert grade.provenance.question == instance.question.ref
    assert grade.points == made.points
    assert grade.provenance.package_version == "9"


def test_an_open_task_without_its_rubric_is_a_mistake_of_the_program(bank: Bank) -> None:
    question = bank.question("model-choice/small-model")
    with pytest.raises(ValueError, match="has no rubric"):
        score(Instance(question, None, question, 0, None), "x", never, "1")
