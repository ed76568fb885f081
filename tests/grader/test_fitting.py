import json
from datetime import date
from pathlib import Path

import pytest

from grader import fitting
from grader.calibration import load_calibration
from grader.encoder import Encoder
from grader.engine import Grader
from grader.fitting import Labelled, Source, as_text, collect, fit
from grader.judged import ELSEWHERE, HELD_OUT
from grader.rubric import Rubric
from grader.verdict import Verdict

DAY = date(2026, 1, 2)
LINE = {
    "question_id": "test/vendor-claim",
    "style": "terse",
    "answer": "I would run a trial on our own images from the plant.",
    "labels": {"own-data": "met", "baseline": "not_met"},
    "id": "a-1",
}


@pytest.fixture
def sources(rubric: Rubric, question: str) -> list[Source]:
    other = rubric.model_copy(update={"id": "test/other"})
    return [Source(rubric=rubric, question=question), Source(rubric=other)]


@pytest.fixture
def labelled() -> list[Labelled]:
    hostile = {**LINE, "style": "keywords", "answer": "trial, images, baseline, cost, quality"}
    return [Labelled.model_validate(line) for line in (LINE, {**LINE, "answer": ""}, hostile)]


def test_judgements_come_from_answers_and_from_examples(
    sources: list[Source], labelled: list[Labelled], encoder: Encoder
) -> None:
    seen = list(collect(sources[0], labelled, encoder))
    assert [one.style for one in seen].count("example") == 6
    assert [one.style for one in seen].count("terse") == 4
    assert [one.verdict for one in seen].count(Verdict.CONTRADICTED) == 1
    blank = [one for one in seen if not one.features]
    assert len(blank) == 4
    assert not any(one.style == "terse" for one in collect(sources[1], labelled, encoder))


def test_some_of_a_rubrics_sentences_are_graded_without_them(
    sources: list[Source], encoder: Encoder
) -> None:
    seen = [one for one in collect(sources[0], [], encoder) if one.style == HELD_OUT]
    met = [one for one in seen if one.verdict is Verdict.MET]
    assert len(met) == len(sources[0].rubric.points)  # the first exemplar of each
    assert len(seen) > len(met)


def test_answers_of_other_areas_meet_nothing_they_share_no_words_with(
    sources: list[Source], encoder: Encoder
) -> None:
    first, second = sources
    told = " ".join(point.description for point in first.rubric.points)
    examples = [
        second.rubric.examples[0].model_copy(update={"answer": answer})
        for answer in (told, "The choir sings on Tuesdays in the parish hall.")
    ]
    for name, expected in (("cooking/soup", len(first.rubric.points)), ("test/soup", 0)):
        rubric = second.rubric.model_copy(update={"id": name, "examples": tuple(examples)})
        other = second.model_copy(update={"rubric": rubric})
        found = list(collect(first, [], encoder, [first, other]))
        strange = [one.verdict for one in found if one.style == ELSEWHERE]
        assert strange == [Verdict.NOT_MET] * expected


def test_a_fit_grades_what_it_was_fitted_on(
    sources: list[Source], encoder: Encoder, rubric: Rubric, question: str
) -> None:
    made = fit(sources, [], encoder, DAY)
    assert (made.model, made.weights_digest) == ("stub", encoder.weights_digest)
    assert made.created == "2026-01-02"
    assert made.id.startswith("2026-01-02-")
    assert made.fit.figures["auc"] == 1.0
    assert made.fit.data[1].startswith("test/other@1.0.0 sha256:")
    assert fit(sources, [], encoder, DAY) == made
    grader = Grader(encoder, made)
    scores = [grader.grade(e.answer, rubric, question).points[0] for e in rubric.examples]
    chances = [point.probability or 0.0 for point in scores]
    assert chances[0] > max(chances[1:])


def test_figures_of_answers_stand_beside_those_of_examples(
    sources: list[Source], labelled: list[Labelled], encoder: Encoder
) -> None:
    made = fit(sources, labelled, encoder, DAY, ["answers.jsonl"])
    assert made.fit.data[0] == "answers.jsonl"
    assert made.fit.figures["n"] == 4.0
    assert made.fit.figures["keywords_n"] == 1.0
    assert made.fit.figures["examples_n"] == 10.0
    assert "3 answers" in made.fit.note


def test_one_rubric_is_not_enough(sources: list[Source], encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="at least two rubrics"):
        fit(sources[:1], [], encoder, DAY)


def test_examples_of_one_kind_are_not_enough(sources: list[Source], encoder: Encoder) -> None:
    bare = [
        source.model_copy(
            update={
                "rubric": source.rubric.model_copy(update={"examples": source.rubric.examples[:1]})
            }
        )
        for source in sources
    ]
    with pytest.raises(ValueError, match="met points and others"):
        fit(bare, [], encoder, DAY)


def test_the_text_of_a_calibration_is_the_calibration(
    sources: list[Source], encoder: Encoder
) -> None:
    made = fit(sources, [], encoder, DAY)
    text = as_text(made)
    assert json.loads(text) == made.model_dump(mode="json")
    assert sum('"feature":"' in line for line in text.splitlines()) == len(made.terms)


def test_the_command_writes_a_calibration(
    sources: list[Source],
    labelled: list[Labelled],
    encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fitting, "load_encoder", lambda model: encoder)
    (tmp_path / "a.json").write_text(sources[0].model_dump_json())
    (tmp_path / "b.json").write_text(sources[1].rubric.model_dump_json())
    (tmp_path / "answers.jsonl").write_text(json.dumps(LINE) + "\n\n")
    output = tmp_path / "c.json"
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    given = ["--labelled", str(tmp_path / "answers.jsonl"), "--output", str(output)]
    assert fitting.main([*files, *given, "--date", "2026-01-02"]) == 0
    made = load_calibration(output)
    assert made.fit.data[0].startswith("answers.jsonl sha256:")
    assert made.terms == fit(sources, labelled[:1], encoder, DAY).terms
    assert json.loads(capsys.readouterr().out) == made.fit.figures


@pytest.mark.parametrize("content", [None, "{", "{}", '{"rubric": {}}'])
def test_the_command_says_why_it_cannot(
    content: str | None,
    encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fitting, "load_encoder", lambda model: encoder)
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content)
    assert fitting.main([str(path), "--output", str(tmp_path / "c.json")]) == 1
    assert "cannot fit" in capsys.readouterr().err
    assert not (tmp_path / "c.json").exists()
