import pytest

from grader.choosing import MET, PARTIAL, RATES, choose_bands, choose_thresholds, measure
from grader.judged import Judged
from grader.verdict import Verdict

RIGHT = [
    *(Judged(f"r{n % 2}", "terse", Verdict.MET, 0.6 + n / 100, -1.0) for n in range(30)),
    *(Judged(f"r{n % 2}", "terse", Verdict.NOT_MET, 0.1 + n / 100, -1.0) for n in range(30)),
]
WRONG = [Judged("r0", "terse", Verdict.NOT_MET, 0.55, -1.0)] * 6


def test_a_band_sends_its_share_and_the_error_falls() -> None:
    judged = [*RIGHT, *WRONG]
    bands = choose_bands(judged, MET)
    assert [band.rate for band in bands] == list(RATES)
    assert (bands[0].low, bands[0].high, bands[0].kept) == (0.5, 0.5, 66)
    assert bands[0].error == pytest.approx(6 / 66, abs=1e-4)
    assert bands[4].error == 0.0
    for band in bands:
        inside = sum(band.low <= one.chance < band.high for one in judged)
        assert inside / len(judged) == pytest.approx(band.rate, abs=0.1)


def test_what_people_called_partial_counts_for_the_rate_alone() -> None:
    half = [Judged("r0", "terse", Verdict.PARTIAL, 0.9, -1.0)] * 5
    assert choose_bands([*RIGHT, *half], MET)[0].kept == 60


def test_contradicted_is_said_where_it_is_right_often_enough() -> None:
    def example(opposition: float | None, verdict: Verdict) -> Judged:
        return Judged("r0", "example", verdict, 0.1, opposition)

    examples = [
        example(9.0, Verdict.CONTRADICTED),
        example(8.0, Verdict.CONTRADICTED),
        example(7.0, Verdict.CONTRADICTED),
        example(6.0, Verdict.NOT_MET),
        example(5.0, Verdict.CONTRADICTED),
        example(4.0, Verdict.NOT_MET),
        example(None, Verdict.NOT_MET),
    ]
    bounds = choose_thresholds([*RIGHT, *examples])
    assert (bounds.met, bounds.partial, bounds.opposition) == (MET, PARTIAL, 5.0)


def test_without_contradicted_examples_nothing_is_called_so() -> None:
    assert choose_thresholds(RIGHT).opposition > 1000


def test_figures_leave_hostile_styles_and_partial_out_of_agreement() -> None:
    hostile = [
        Judged("r0", "keywords", Verdict.NOT_MET, 0.46, None),
        Judged("r0", "keywords", Verdict.NOT_MET, 0.1, None),
        Judged("r0", "keywords", Verdict.MET, 0.9, None),
    ]
    partial = [Judged("r0", "terse", Verdict.PARTIAL, 0.9, None)]
    examples = [Judged("r0", "example", Verdict.MET, 0.2, None)]
    judged = [*RIGHT, *WRONG, *hostile, *partial, *examples]
    found = measure(judged, choose_thresholds(judged))
    assert found["n"] == 66.0
    assert found["accuracy"] == pytest.approx(60 / 66, abs=1e-4)
    assert found["accuracy_low"] <= found["accuracy"] <= found["accuracy_high"]
    assert (found["keywords_n"], found["keywords_credited"]) == (2.0, 1.0)
    assert found["examples_accuracy"] == 0.0
    assert "examples_auc" not in found


def test_examples_alone_are_measured_as_answers() -> None:
    judged = [one._replace(style="example", rubric="r0") for one in RIGHT]
    found = measure(judged, choose_thresholds(judged))
    assert (found["n"], found["auc"]) == (60.0, 1.0)
    assert "auc_low" not in found
    assert "examples_n" not in found
