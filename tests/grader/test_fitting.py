import json
from datetime import date
from pathlib import Path

import pytest

from grader import fitting
from grader.calibration import load_calibration
from grader.encoder import Encoder
from grader.engine import Grader
from grader.fitting import Source, collect, fit
from grader.rubric import Rubric
from grader.similarity import FEATURES
from grader.verdict import Verdict

DAY = date(2026, 1, 2)


@pytest.fixture
def sources(rubric: Rubric, question: str) -> list[Source]:
    other = rubric.model_copy(update={"id": "test/other"})
    return [Source(rubric=rubric, question=question), Source(rubric=other)]


def test_judgements_come_from_examples_and_from_held_out_sentences(
    sources: list[Source], encoder: Encoder
) -> None:
    rows = list(collect(sources[0], encoder))
    whole = [row for row in rows if row.whole]
    assert [row.verdict for row in whole].count(Verdict.MET) == 2
    assert len(whole) == 6
    held_out = [row for row in rows if not row.whole]
    # Six exemplars judged on both points, four counterexamples on their own.
    assert len(held_out) == 6 * 2 + 4
    assert sum(row.verdict is Verdict.MET for row in held_out) == 6


def test_a_held_out_sentence_is_not_its_own_exemplar(
    sources: list[Source], encoder: Encoder
) -> None:
    nearest = FEATURES.index("exemplar")
    rows = [row for row in collect(sources[0], encoder) if not row.whole]
    assert all(row.features[nearest] < 0.99 for row in rows)


def test_a_point_keeps_its_only_exemplar(rubric: Rubric, encoder: Encoder) -> None:
    first = rubric.points[0].model_copy(update={"exemplars": rubric.points[0].exemplars[:1]})
    bare = Rubric(id="bare", version="1.0.0", title="Bare", points=(first, rubric.points[1]))
    rows = list(collect(Source(rubric=bare), encoder))
    assert not any(row.point == "own-data" and row.verdict is Verdict.MET for row in rows)


def test_a_fit_grades_what_it_was_fitted_on(
    sources: list[Source], encoder: Encoder, rubric: Rubric, question: str
) -> None:
    made = fit(sources, encoder, DAY)
    assert (made.model, made.weights_digest) == ("stub", encoder.weights_digest)
    assert made.created == "2026-01-02"
    assert made.id.startswith("2026-01-02-")
    assert made.fit.figures["auc"] == 1.0
    assert made.fit.data[1].startswith("test/other@1.0.0 sha256:")
    assert fit(sources, encoder, DAY) == made
    grader = Grader(encoder, made)
    scores = [grader.grade(e.answer, rubric, question).points[0] for e in rubric.examples]
    chances = [point.probability or 0.0 for point in scores]
    assert chances[0] > max(chances[1:])


def test_one_rubric_is_not_enough(sources: list[Source], encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="at least two rubrics"):
        fit(sources[:1], encoder, DAY)


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
        fit(bare, encoder, DAY)


def test_the_command_writes_a_calibration(
    sources: list[Source],
    encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fitting, "load_encoder", lambda model: encoder)
    (tmp_path / "a.json").write_text(sources[0].model_dump_json())
    (tmp_path / "b.json").write_text(sources[1].rubric.model_dump_json())
    output = tmp_path / "c.json"
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert fitting.main([*files, "--output", str(output), "--date", "2026-01-02"]) == 0
    assert load_calibration(output) == fit(sources, encoder, DAY)
    assert json.loads(capsys.readouterr().out)["auc"] == 1.0


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
