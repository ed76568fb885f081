"""A calibration for reference answers, fitted small: figures, files, refusals."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grader import reference_fitting, reference_gains
from grader.encoder import Encoder
from grader.errors import CalibrationError
from grader.fusion import Fusion
from grader.reference_cross_fit import LeftOut, Scored
from grader.reference_figures import choose_partial, choose_review, figures_of
from grader.reference_fitting import as_text, fit, main, read_scored
from grader.reference_scoring import (
    ReferenceCalibration,
    ReferenceItem,
    ReferenceScorer,
    load_reference_calibration,
    load_reference_scorer,
)
from grader.verdict import Verdict

Made = tuple[ReferenceCalibration, bytes, list[LeftOut]]
TOPICS = ["sluice", "magnet", "valve", "copper", "glacier", "enzyme"]


def course(name: str) -> list[Scored]:
    """Right answers repeat the reference, half ones a part, wrong ones speak of another topic."""
    rows = []
    for at, topic in enumerate(TOPICS):
        other = TOPICS[at - 1]
        reference = f"The {topic} stands open because the pressure rises in the {topic} chamber."
        answers = [
            (f"The {topic} stands open since pressure rises.", 1.0),
            (f"Pressure rises in the {topic} chamber, so the {topic} stands open.", 1.0),
            (f"The open {topic} comes from rising pressure in its chamber.", 1.0),
            (f"It has to do with a {topic}.", 0.5),
            (f"The {other} melts in winter.", 0.0),
            (f"Somebody painted the {other} green.", 0.0),
            (f"No idea what the {topic} does, bananas ripen slowly.", 0.0),
            ("I don't know.", 0.0),
        ]
        for answer, share in answers:
            question = f"Why does the {topic} stand open?"
            rows.append(Scored(name, f"q{at}", question, (reference,), answer, share))
    return rows


SCORED = course("one") + course("two")


def lines(scored: list[Scored]) -> str:
    return "".join(
        json.dumps(
            {
                "question_id": one.question_id,
                "question": one.question,
                "reference": list(one.references),
                "answer": one.answer,
                "score": one.share * 2,
                "max_score": 2,
                "label": "passed over",
            }
        )
        + "\n"
        for one in scored
    )


@pytest.fixture(scope="module")
def fitted(shared_encoder: Encoder) -> Made:
    return fit(
        SCORED,
        shared_encoder,
        date(2026, 1, 2),
        ["one", "two"],
        folds=2,
        members=1,
        other_courses=True,
    )


def test_figures_are_of_what_was_left_out_and_cover_each_course(fitted: Made) -> None:
    calibration, _, left_out = fitted
    figures = calibration.fit.figures
    assert len(left_out) == calibration.fit.rows == len(SCORED)
    assert {one.fold for one in left_out} == {0, 1}
    assert figures["n one"] == 48
    assert figures["pearson one"] > 0.7
    assert figures["pearson one low"] <= figures["pearson one"] <= figures["pearson one high"]
    assert figures["other courses: pearson two"] > 0.7
    assert figures["ece all"] < 0.5
    assert calibration.fit.data == ("one", "two")
    assert calibration.id.startswith("2026-01-02-")


def test_answers_to_one_question_are_never_on_both_sides(fitted: Made) -> None:
    _, _, left_out = fitted
    folds: dict[str, set[int]] = {}
    for one in left_out:
        folds.setdefault(one.question, set()).add(one.fold)
    assert len(folds) == 12
    assert all(len(some) == 1 for some in folds.values())


def test_declining_earns_nothing_whatever_is_learnt(fitted: Made) -> None:
    calibration, _, left_out = fitted
    assert sum(one.declined for one in left_out) == 12
    assert all(one.predicted == one.probability == 0.0 for one in left_out if one.declined)
    assert calibration.non_answer == pytest.approx(1 / 14, abs=1e-6)


def test_the_files_read_back_score_alike(
    fitted: Made, shared_encoder: Encoder, tmp_path: Path
) -> None:
    calibration, net, _ = fitted
    path = tmp_path / "made.json"
    path.write_text(as_text(calibration))
    path.with_suffix(".safetensors").write_bytes(net)
    assert load_reference_calibration(path) == calibration
    scorer = load_reference_scorer(shared_encoder, path)
    assert scorer is not None
    items = [ReferenceItem(one.answer, one.references, one.question) for one in SCORED[:8]]
    scores = list(scorer.score_many(items))
    alone = [next(scorer.score_many([item])) for item in items]
    assert scores == alone
    assert scores[0].share > 0.7 > 0.3 > scores[5].share
    assert (scores[0].verdict, scores[5].verdict) == (Verdict.MET, Verdict.NOT_MET)
    assert scores[7] == (0.0, calibration.non_answer, Verdict.NOT_MET, pytest.approx(3 / 7), False)
    blank = next(scorer.score_many([ReferenceItem(" ", ("x",))]))
    assert blank == (0.0, None, Verdict.NOT_MET, 1.0, False)
    short = next(scorer.score_many([ReferenceItem("5", ("5",))]))
    assert short.probability is not None


def test_other_weights_have_no_scorer(
    fitted: Made, shared_encoder: Encoder, tmp_path: Path
) -> None:
    calibration, _, _ = fitted
    stale = calibration.model_copy(update={"weights_digest": "6" * 64})
    path = tmp_path / "stale.json"
    path.write_text(as_text(stale))
    assert load_reference_scorer(shared_encoder, path) is None
    with pytest.raises(CalibrationError, match="made for other weights"):
        ReferenceScorer(shared_encoder, stale, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        ("{", "not JSON"),
        ("[]", "no format number"),
        ('{"format": true}', "no format number"),
        ('{"format": 99}', "upgrade"),
        ('{"format": 1}', "Field required"),
    ],
)
def test_a_calibration_that_cannot_be_used_is_refused_with_what_to_do(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    path = tmp_path / "made.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CalibrationError, match=reason):
        load_reference_calibration(path)


def test_the_verdict_follows_probability_and_share(fitted: Made) -> None:
    calibration = fitted[0].model_copy(update={"partial": 0.4, "review": 0.1})
    assert calibration.judge(0.9, 0.5)[2:] == (Verdict.MET, 0.0, True)
    assert calibration.judge(0.4, 0.2)[2:] == (Verdict.PARTIAL, 0.3, False)
    assert calibration.judge(0.39, 0.45)[2:] == (Verdict.NOT_MET, 0.05, True)


def told(share: float, predicted: float, chance: float, **more: Any) -> LeftOut:  # noqa: ANN401
    fields: dict[str, Any] = {"course": "c", "question": "q", "declined": False, "fold": 0} | more
    return LeftOut(
        share=share,
        fusion=0,
        full_fusion=0,
        net=0,
        predicted=predicted,
        probability=chance,
        **fields,
    )


def test_thresholds_part_what_they_should() -> None:
    short = [told(0.0, 0.1, 0.1), told(0.0, 0.25, 0.1), told(0.5, 0.6, 0.3), told(0.5, 0.55, 0.3)]
    assert 0.25 < choose_partial(short) <= 0.55
    assert choose_partial(short[:2]) == 0.5
    assert choose_partial(short[2:]) == 0.5
    some = [told(0.0, 0.5, number / 100) for number in range(101)]
    assert choose_review(some) == pytest.approx(0.05, abs=0.011)


def test_a_figure_that_does_not_apply_is_left_out() -> None:
    found = figures_of([told(1.0, 0.5, 0.5), told(1.0, 0.5, 0.5)])
    assert found == {"ece c": 0.5, "n c": 2.0, "ece all": 0.5}
    assert figures_of([told(1.0, 1.0, 1.0), told(0.0, 0.0, 0.0)])["ece c"] == 0.0


def test_files_are_read_packed_or_not(tmp_path: Path) -> None:
    plain, packed = tmp_path / "one.jsonl", tmp_path / "one.jsonl.gz"
    plain.write_text(lines(SCORED[:3]) + "\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    found = list(read_scored(plain))
    assert found == list(read_scored(packed))
    assert found == SCORED[:3]
    single = json.loads(lines(SCORED[:1])) | {"reference": "only one"}
    plain.write_text(json.dumps(single))
    assert next(read_scored(plain)).references == ("only one",)


def test_the_command_writes_both_files_and_prints_the_figures(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shared_encoder: Encoder,
    fitted: Made,
) -> None:
    calibration, net, left_out = fitted
    asked = []

    def quick(scored: list[Scored], *given: object, **named: object) -> Made:
        asked.append((len(scored), given[2], named))
        return calibration, net, left_out

    monkeypatch.setattr(reference_fitting, "load_encoder", lambda model: shared_encoder)
    monkeypatch.setattr(reference_fitting, "fit", quick)
    data, out, rest = tmp_path / "one.jsonl", tmp_path / "made.json", tmp_path / "left.jsonl"
    data.write_text(lines(SCORED[:3]))
    command = [str(data), "--output", str(out), "--left-out", str(rest), "--date", "2026-01-02"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out) == calibration.fit.figures
    assert load_reference_calibration(out) == calibration
    assert out.with_suffix(".safetensors").read_bytes() == net
    assert len(rest.read_text().splitlines()) == len(left_out)
    ((count, named, more),) = asked
    assert (count, more) == (3, {"other_courses": False})
    assert named[0].startswith("one.jsonl sha256:")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("{}", "line 1"),
        (lines(SCORED[:8]), "has 1 questions, 5 are needed"),
        (lines([one for one in SCORED[:48] if one.share == 0.0]), "scores must differ"),
        (lines([one for one in SCORED[:48] if one.share < 1.0]), "full marks and others"),
    ],
)
def test_what_cannot_be_fitted_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shared_encoder: Encoder,
    content: str | None,
    reason: str,
) -> None:
    monkeypatch.setattr(reference_fitting, "load_encoder", lambda model: shared_encoder)
    data, out = tmp_path / "one.jsonl", tmp_path / "made.json"
    if content is not None:
        data.write_text(content)
    assert main([str(data), "--output", str(out)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("cannot fit: ")
    assert reason in said
    assert not out.exists()


def test_terms_and_trees_stand_a_line_each(fitted: Made) -> None:
    starts = [line.strip()[:23] for line in as_text(fitted[0]).splitlines()]
    assert starts.count('{"feature":"best_cosine') == 4
    bare = fitted[0].model_copy(
        update={"fusion": Fusion(terms=fitted[0].fusion.terms, intercept=0.0)}
    )
    assert '"trees": []' in as_text(bare)


@pytest.mark.model
def test_the_shipped_calibration_fits_the_shipped_weights_and_tells_right_from_wrong() -> None:
    from grader.sentence_encoder import load_encoder

    scorer = load_reference_scorer(load_encoder())
    assert scorer is not None
    references = ("The bulb stays dark because the gap breaks the circuit.",)
    question = "Why does the bulb stay dark?"
    answers = [
        "The circuit is broken by the gap, so the bulb is dark.",
        "Because the battery is blue and heavy.",
        "I don't know",
    ]
    items = [ReferenceItem(answer, references, question) for answer in answers]
    right, wrong, none = scorer.score_many(items)
    assert right.share > 0.6 > 0.4 > wrong.share > none.share == 0.0
    assert [next(scorer.score_many([item])) for item in items] == [right, wrong, none]


def test_the_curve_is_drawn_from_what_was_left_out(
    fitted: Made,
    shared_encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calibration, _, left_out = fitted
    monkeypatch.setattr(reference_gains, "load_encoder", lambda model: shared_encoder)
    made, left = tmp_path / "made.json", tmp_path / "left.jsonl"
    made.write_text(as_text(calibration))
    left.write_text("".join(json.dumps(one._asdict()) + "\n" for one in left_out))
    data = [tmp_path / "one.jsonl", tmp_path / "two.jsonl.gz"]
    data[0].write_text(lines(SCORED[:48]))
    data[1].write_bytes(gzip.compress(lines(SCORED[48:]).encode()))
    rest = ["--left-out", str(left), "--calibration", str(made)]
    assert reference_gains.main([*map(str, data), *rest]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(point["size"], point["answers"]) for point in found["two"]] == [(5, 48)]
    assert found["one"][0]["before"] == pytest.approx(calibration.fit.figures["pearson one"], 1e-3)
    assert found["one"][0]["after"] > 0.7
    assert reference_gains.main([str(data[0]), *rest]) == 1
    assert "belongs to other data" in capsys.readouterr().err
