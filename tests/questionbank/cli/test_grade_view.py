"""How a grade looks: verdicts, evidence in place, feedback and the sum."""

import io
from pathlib import Path

import pytest

from grader.grade import Evidence, Grade, PointGrade, Provenance
from grader.rubric import Rubric
from grader.verdict import Flag, Verdict
from questionbank.bank import load_bank
from questionbank.cli.grade_view import grade_view, marked_answer
from questionbank.cli.question_view import how_to_answer
from questionbank.cli.render import Screen
from questionbank.instance import Instance, instances
from questionbank.scoring import score

ANSWER = "Compare the bills. Test on our tickets. Done."


@pytest.fixture
def steps(bank_folder: Path) -> dict[str, Instance]:
    bank = load_bank([bank_folder])
    return {
        one.key: one
        for question in bank.questions.values()
        for one in instances(question, bank.rubrics, 0)
    }


@pytest.fixture
def instance(steps: dict[str, Instance]) -> Instance:
    return steps["model-choice/small-model"]


def evidence(start: int, end: int) -> Evidence:
    return Evidence(start=start, end=end, text=ANSWER[start:end])


def point(
    name: str,
    verdict: Verdict,
    *,
    span: tuple[int, int] | None = None,
    most: float = 1.0,
    **given: object,
) -> PointGrade:
    points = None if verdict.share is None else verdict.share * most
    found = evidence(*span) if span else None
    return PointGrade(
        id=name, verdict=verdict, points=points, max_points=most, evidence=found, **given
    )


def graded(*points: PointGrade, **given: object) -> Grade:
    return Grade(
        score=sum(one.points or 0.0 for one in points),
        max_score=sum(one.max_points for one in points),
        points=points,
        provenance=Provenance(package_version="1"),
        **given,
    )


def shown(
    instance: Instance, answer: str, grade: Grade, *, plain: bool = True, solution: bool = True
) -> str:
    out = io.StringIO()
    screen = Screen(out, io.StringIO(), plain=plain)
    screen.show(*grade_view(screen, instance, answer, grade, solution=solution))
    return out.getvalue()


def test_each_point_shows_verdict_evidence_wording_and_feedback(instance: Instance) -> None:
    grade = graded(
        point(
            "cost",
            Verdict.MET,
            span=(0, 18),
            most=2.0,
            probability=0.934,
            exemplar="The  bill\nof both.",
        ),
        point("measures", Verdict.PARTIAL, span=(19, 39), exemplar="Run each."),
    )
    text = shown(instance, ANSWER, grade)
    assert "  1. Weighs the cost: met (2 of 2, probability 0.93)\n" in text
    assert '     "Compare the bills."\n' in text
    assert "     like: The bill of both.\n" in text
    assert "     You weighed the cost.\n" in text
    assert "  2. Measures on own data: half met (0.5 of 1)\n" in text
    assert "     Measure on your own data before choosing.\n" in text
    assert "Score: 2.5 of 3  (2 + 0.5)\n" in text
    assert "[Compare the bills. = 1] [Test on our tickets. = 2] Done.\n" in text
    assert "A model answer\nCompare the cost of both" in text


def test_what_missed_names_the_nearest_and_what_contradicts_the_near_miss(
    instance: Instance,
) -> None:
    grade = graded(
        point("cost", Verdict.NOT_MET, span=(0, 18), counterexample="Money does not matter."),
        point("measures", Verdict.CONTRADICTED, span=(19, 39), counterexample="No \x1bneed."),
    )
    text = shown(instance, ANSWER, grade)
    assert '     nearest: "Compare the bills."\n' in text
    assert "Money does not matter" not in text
    assert "contradicted (0 of 1)\n" in text
    assert "     like the near miss: No <U+001B>need.\n" in text
    assert "Compare the bills. [Test on our tickets. = 2] Done." in text


def test_a_point_that_waits_for_a_person_gets_no_feedback(instance: Instance) -> None:
    grade = graded(
        point("cost", Verdict.NEEDS_REVIEW, span=(0, 18)),
        point("measures", Verdict.NOT_MET),
        review=("Too close to call.",),
        flags=(Flag.TOO_LONG, Flag.ECHO),
    )
    text = shown(instance, ANSWER, grade)
    assert "a person should look (undecided of 1)\n" in text
    assert "You weighed the cost." not in text
    assert "Score: 0 of 2 so far; 1 point waits for a person  Flags: too_long, echo\n" in text
    assert "  Too close to call.\n" in text
    both = graded(*[point(name, Verdict.NEEDS_REVIEW) for name in ("cost", "measures")])
    assert "2 points wait for a person" in shown(instance, ANSWER, both)


def test_a_long_evidence_is_clipped(instance: Instance) -> None:
    long = "word " * 100
    found = Evidence(start=0, end=len(long), text=long)
    grade = graded(
        PointGrade(id="cost", verdict=Verdict.MET, points=1.0, max_points=1.0, evidence=found)
    )
    line = next(line for line in shown(instance, long, grade).splitlines() if '     "' in line)
    assert line.endswith('…"')
    assert len(line) < 170


def test_without_evidence_or_solution_nothing_of_them_shows(instance: Instance) -> None:
    text = shown(instance, "", graded(point("cost", Verdict.NOT_MET)), solution=False)
    assert "Your answer" not in text
    assert "A model answer" not in text


@pytest.mark.parametrize(
    ("spans", "plain", "rich"),
    [
        ([(0, 7), (8, 11)], "[Compare = 1] [the = 2] bills.", "Compare[1] the[2] bills."),
        ([(8, 11), (0, 7)], "[Compare = 2] [the = 1] bills.", "Compare[2] the[1] bills."),
        ([(0, 7), (0, 7)], "[Compare = 1,2] the bills.", "Compare[1,2] the bills."),
        ([(0, 11), (8, 17)], "[Compare the = 1] bills[2].", "Compare the[1] bills[2]."),
        ([(0, 11), (3, 7)], "[Compare the = 1][2] bills.", "Compare the[1][2] bills."),
        ([(0, 18)], "[Compare the bills. = 1]", "Compare the bills.[1]"),
        ([], "Compare the bills.", "Compare the bills."),
    ],
)
def test_evidence_is_marked_in_place_overlaps_included(
    spans: list[tuple[int, int]], plain: str, rich: str
) -> None:
    answer = ANSWER[:18]
    grade = graded(*(point(f"p{n}", Verdict.MET, span=span) for n, span in enumerate(spans)))
    for form, expected in ((True, plain), (False, rich)):
        screen = Screen(io.StringIO(), io.StringIO(), plain=form)
        assert marked_answer(answer, grade, screen).plain == expected


def test_escapes_in_an_answer_are_spelled_where_it_is_marked() -> None:
    answer = "\x1b[31mbad \x1b[0m"
    found = Evidence(start=5, end=9, text="bad ")
    grade = graded(
        PointGrade(id="x", verdict=Verdict.MET, points=1.0, max_points=1.0, evidence=found)
    )
    marked = marked_answer(answer, grade, Screen(io.StringIO(), io.StringIO())).plain
    assert marked == "<U+001B>[31mbad [1]<U+001B>[0m"


def never(answer: str, rubric: Rubric, question: str | None) -> Grade:
    raise AssertionError("a closed answer needs no grader")


def test_a_number_shows_the_feedback_of_its_mistake_and_the_solution(
    steps: dict[str, Instance],
) -> None:
    instance = steps["inference-economics/daily-bill"]
    assert instance.right is not None
    wrong = f"{instance.right * 1000}"
    text = shown(instance, wrong, score(instance, wrong, never, "1"))
    assert "  1. Your answer: not met (0 of 1)\n" in text
    assert "     The price is for a thousand requests.\n" in text
    assert "A model answer\n" in text
    assert "Your answer\n" not in text
    right = f"{instance.right}"
    text = shown(instance, right, score(instance, right, never, "1"))
    assert "The price is for a thousand" not in text
    assert "Score: 1 of 1\n" in text


def test_a_choice_shows_each_option_with_its_reason(steps: dict[str, Instance]) -> None:
    instance = steps["foundations/rare-class"]
    text = shown(instance, "accuracy", score(instance, "accuracy", never, "1"), plain=False)
    assert "accuracy) is wrong, chosen: It is high for a model" in text
    assert "recall) is right, not chosen: It counts what was found." in text
    assert "✘ 1. Your answer: not met (0 of 1)" in text


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("foundations/rare-class", "Answer with the letters of all that are right"),
        ("inference-economics/daily-bill", "Answer with a number (US dollars a day)."),
        ("model-choice/two-steps#why", "Answer in your own words"),
    ],
)
def test_each_kind_says_how_to_answer(key: str, said: str, steps: dict[str, Instance]) -> None:
    assert how_to_answer(steps[key]).startswith(said)
