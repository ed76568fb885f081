"""`questionbank show`: what a candidate may see, and what an interviewer needs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Run

from grader.rubric import Rubric
from questionbank.bank import Bank, load_bank
from questionbank.question import ChoiceTask, NumericTask, Question, tasks

SHIPPED = (
    "benchmark-critique/sota-paper-claim",
    "benchmark-critique/vendor-defect-detection",
    "foundations/error-metrics",
    "inference-economics/monthly-api-cost",
    "inference-economics/summarisation-build-or-buy",
    "model-choice/support-assistant",
)


def flat(text: str) -> str:
    """Text without the line ends that a terminal's width puts in."""
    return " ".join(text.split())


def secrets_of(question: Question, rubrics: dict[str, Rubric]) -> Iterator[str | None]:
    """Every text of a question that gives an answer away."""
    yield from (question.model_answer, *question.follow_ups, *question.sources)
    for _, task in tasks(question):
        yield task.model_answer
        if isinstance(task, ChoiceTask):
            yield from (option.why for option in task.options)
        if isinstance(task, NumericTask):
            yield task.formula
            for mistake in task.mistakes:
                yield from (mistake.formula, mistake.feedback)
        else:
            rubric = rubrics.get(getattr(task, "rubric", ""))
            if rubric:
                yield from rubric_texts(rubric)


def rubric_texts(rubric: Rubric) -> Iterator[str]:
    for point in rubric.points:
        yield from (point.title, point.description, point.probe, point.id)
        yield from (point.feedback.met, point.feedback.missed)
        yield from (*point.exemplars, *point.counterexamples)
        yield from point.anchors.model_dump().values() if point.anchors else ()
    for example in rubric.examples:
        yield from (example.answer, example.id)


@pytest.fixture(scope="module")
def shipped_content() -> Bank:
    return load_bank([Path(__file__).parents[3]])


@pytest.mark.parametrize("question_id", SHIPPED)
@pytest.mark.parametrize("form", [(), ("--json",), ("--plain",)], ids=str)
def test_a_candidate_sees_nothing_that_gives_an_answer_away(
    question_id: str, form: tuple[str, ...], run: Run, shipped: Path, shipped_content: Bank
) -> None:
    question = shipped_content.question(question_id)
    result = run("show", question_id, "--bank", shipped, *form)
    assert (result.code, result.err) == (0, "")
    visible = {question.title, *question.topics}
    hidden = {flat(text) for text in secrets_of(question, shipped_content.rubrics) if text}
    hidden -= visible
    assert len(hidden) > 4
    shown = (
        flat(json.dumps(json.loads(result.out), ensure_ascii=False))
        if form == ("--json",)
        else flat(result.out)
    )
    for text in hidden:
        assert text not in shown
    assert "correct" not in result.out
    assert '"right"' not in result.out


@pytest.mark.parametrize("question_id", SHIPPED)
def test_a_numeric_answer_never_shows_before_it_is_given(
    question_id: str, run: Run, shipped: Path
) -> None:
    everything = json.loads(run("show", question_id, "--bank", shipped, "--json", "--all").out)
    right = everything["instances"][0]["right"]
    if right is not None:
        shown = run("show", question_id, "--bank", shipped).out
        assert f"{right:,.0f}" not in shown
        assert f"{right:.0f}" not in shown


@pytest.mark.parametrize("question_id", SHIPPED)
def test_with_all_an_interviewer_sees_everything(
    question_id: str, run: Run, shipped: Path, shipped_content: Bank
) -> None:
    question = shipped_content.question(question_id)
    result = run("show", question_id, "--bank", shipped, "--all", "--json")
    assert result.out.count("\n") == 1
    value = json.loads(result.out)
    assert value["content_hash"] == question.content_hash
    assert value["structure_hash"] == question.structure_hash
    text = flat(run("show", question_id, "--bank", shipped, "--all", "--plain").out)
    for rubric in value["rubrics"]:
        for point in rubric["points"]:
            for sentence in (*point["exemplars"], *point["counterexamples"], point["probe"]):
                assert flat(sentence) in text
    assert question.sources
    assert "Sources" in text
    assert flat(question.sources[0]) in text


def test_a_seed_draws_the_numbers(run: Run, bank_folder: Path) -> None:
    show = ("show", "inference-economics/daily-bill", "--bank", bank_folder)
    first = run(*show, "--seed", "1").out
    assert first == run(*show, "--seed", "1").out
    assert len({run(*show, "--seed", str(seed)).out for seed in range(6)}) > 1
    assert "{{" not in first


def test_the_right_number_its_bounds_and_formula_show_with_all(run: Run, bank_folder: Path) -> None:
    show = ("show", "inference-economics/daily-bill", "--bank", bank_folder, "--seed", "2", "--all")
    value = json.loads(run(*show, "--json").out)
    right = value["instances"][0]["right"]
    assert right > 0
    out = run(*show, "--plain").out
    assert f"Right: {right:g} US dollars a day (within 1%)\n" in out
    assert "Formula: requests * price / 1000\n" in out


def test_a_choice_shows_its_reasons_with_all_only(run: Run, bank_folder: Path) -> None:
    show = ("show", "foundations/rare-class", "--bank", bank_folder)
    out = run(*show).out
    assert "accuracy)  Accuracy\n" in out
    assert "right" not in out
    assert "  recall) is right: It counts what was found.\n" in run(*show, "--all").out
    part = json.loads(run(*show, "--json").out)["parts"][0]
    assert part["options"] == [
        {"id": "accuracy", "text": "Accuracy"},
        {"id": "recall", "text": "Recall"},
    ]


def test_each_part_of_a_case_shows_the_situation_and_the_exhibit(
    run: Run, bank_folder: Path
) -> None:
    show = ("show", "model-choice/two-steps", "--bank", bank_folder)
    out = run(*show, "--plain").out
    assert out.count("A firm has two offers.") == 2
    assert out.count("| B     | 55    |") == 2
    assert "Question 1 of 2: Two steps, part why" in out
    parts = json.loads(run(*show, "--json").out)["parts"]
    assert [part["key"] for part in parts] == [
        "model-choice/two-steps#why",
        "model-choice/two-steps#sum",
    ]
    assert parts[1]["unit"] == "US dollars"
    everything = run(*show, "--all").out
    assert "Right: 120 US dollars (within 1)" in everything
    assert "Rubric model-choice/small-model 1.0.0" in everything
    assert "Weighs the cost (cost, 2 points)" in everything
    assert "Probe: What would each cost?" in everything
    assert "    - Money does not matter here." in everything


def test_a_tolerance_can_have_two_bounds(run: Run, bank_folder: Path) -> None:
    path = bank_folder / "questions" / "inference-economics" / "daily-bill.md"
    path.write_text(path.read_text().replace("relative: 0.01", "relative: 0.025\n  absolute: 2"))
    out = run("show", "inference-economics/daily-bill", "--all", "--bank", bank_folder).out
    assert "(within 2.5% or 2)" in out


@pytest.mark.parametrize(
    ("question_id", "near"),
    [
        ("model-choice/smal-model", "model-choice/small-model"),
        ("rare-class", "foundations/rare-class"),
        ("xyzzy", None),
    ],
)
def test_an_unknown_id_suggests_near_ones(
    question_id: str, near: str | None, run: Run, bank_folder: Path
) -> None:
    result = run("show", question_id, "--bank", bank_folder)
    assert (result.code, result.out) == (2, "")
    assert (f"did you mean {near}" in result.err) if near else ("did you mean" not in result.err)


def test_a_question_with_problems_points_to_check(run: Run, bank_folder: Path) -> None:
    (bank_folder / "questions" / "foundations" / "rare-class.md").write_text("no front matter")
    result = run("show", "foundations/rare-class", "--bank", bank_folder)
    assert result.code == 2
    assert "has problems; `questionbank check` lists them" in result.err


def test_a_question_without_its_rubric_points_to_check(run: Run, bank_folder: Path) -> None:
    (bank_folder / "rubrics" / "model-choice" / "small-model.yaml").unlink()
    result = run("show", "model-choice/small-model", "--bank", bank_folder)
    assert (result.code, result.out) == (2, "")
    assert "the rubric of model-choice/small-model is missing or has problems" in result.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("formula: requests * price / 1000", "formula: requests / 0"),
        ("formula: requests * price\n", "formula: wishes * price\n"),
        ("{{price : .2f}}", "{{price / 0}}"),
        ("{{answer : ,.2f}}", "{{nothing}}"),
    ],
)
def test_a_formula_that_cannot_be_computed_is_told(
    old: str, new: str, run: Run, bank_folder: Path
) -> None:
    path = bank_folder / "questions" / "inference-economics" / "daily-bill.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    result = run("show", "inference-economics/daily-bill", "--bank", bank_folder)
    assert (result.code, result.out) == (2, "")
    assert "inference-economics/daily-bill cannot be asked with seed 0" in result.err
    assert "cannot be computed" in result.err


def test_anchors_and_shares_of_points_show_with_all(run: Run, bank_folder: Path) -> None:
    path = bank_folder / "rubrics" / "model-choice" / "small-model.yaml"
    anchors = "    probe: What would each cost?\n    anchors: {'1': low, '3': mid, '5': high}\n"
    path.write_text(
        path.read_text()
        .replace("    probe: What would each cost?\n", anchors)
        .replace("weight: 2", "weight: 1.5")
    )
    out = run("show", "model-choice/small-model", "--all", "--bank", bank_folder).out
    assert "(cost, 1.5 points)" in out
    assert "(measures, 1 point)" in out
    assert "A 5 sounds like: high" in out
