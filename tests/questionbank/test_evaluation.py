"""Figures put together: overall, by question, by style; as JSON, as tables, as a page."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from grader.agreement import MEASURES, Unit, measure
from grader.judgement import JudgedAnswer, Judgement
from grader.verdict import Verdict
from questionbank.bank import load_bank
from questionbank.evaluation import Evaluation, provenance_of, summarise
from questionbank.evaluation_page import page
from questionbank.evaluation_plots import HEIGHT, WIDTH, risk_coverage_plot, scatter_plot
from questionbank.evaluation_tables import NONE, number, tables
from questionbank.labelled_file import LabelledFile

MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET


def judged(
    question: str,
    style: str | None,
    human: Verdict,
    chance: float | None,
    raters: tuple[Verdict, ...] = (),
) -> JudgedAnswer:
    machine = None if chance is None else MET if chance >= 0.5 else NOT_MET
    judgement = Judgement(
        point="p",
        human=human,
        machine=machine,
        probability=chance,
        confidence=0.0 if chance is None else abs(chance - 0.5),
        review=chance is None or abs(chance - 0.5) < 0.1,
        raters=raters,
    )
    score = None if machine is None else machine.share
    return JudgedAnswer(question, style, human.share, score, (judgement,))


ANSWERS = [
    judged("b", "terse", MET, 0.9, (MET, MET)),
    judged("b", "terse", NOT_MET, 0.2, (NOT_MET, MET)),
    judged("b", "opposite", NOT_MET, 0.8),
    judged("a", "opposite", NOT_MET, 0.3),
    judged("a", None, MET, 0.55),
    judged("a", None, PARTIAL, 0.7),
]


@pytest.fixture
def evaluation() -> Evaluation:
    return summarise(ANSWERS, {"file": "made <up>.jsonl", "limit": None, "questions": {}})


def test_each_part_has_the_figures_of_its_answers(evaluation: Evaluation) -> None:
    assert evaluation.overall == measure(ANSWERS)
    assert list(evaluation.by_question) == ["a", "b"]
    assert evaluation.by_question["a"] == measure(ANSWERS[3:])
    assert list(evaluation.by_style) == ["opposite", "terse"]
    assert evaluation.by_style["terse"] == measure(ANSWERS[:2])


def test_json_has_every_measure_with_its_interval_and_nothing_else(evaluation: Evaluation) -> None:
    value = json.loads(json.dumps(evaluation.as_json(), allow_nan=False))
    assert list(value) == ["overall", "by_question", "by_style", "provenance"]
    keys = ["n_answers", "n_points", *(k for name in MEASURES for k in (name, f"{name}_ci"))]
    assert list(value["overall"]) == keys
    assert list(value["by_question"]["a"]) == keys
    assert list(value["by_style"]["terse"]) == [*keys, "wrongly_credited"]
    assert value["by_style"]["opposite"]["wrongly_credited"] == [1, 2]
    assert value["by_style"]["terse"]["wrongly_credited"] == [0, 1]
    assert value["by_style"]["opposite"]["auc"] is None
    assert value["by_style"]["opposite"]["auc_ci"] is None
    assert value["overall"]["accuracy"] == 0.8
    low, high = value["overall"]["accuracy_ci"]
    assert low < 0.8 < high


def test_figures_are_the_same_every_time_and_say_how_they_were_resampled() -> None:
    one = summarise(ANSWERS, {}, unit=Unit.QUESTION, seed=5, resamples=50)
    assert one == summarise(iter(ANSWERS), {}, unit=Unit.QUESTION, seed=5, resamples=50)
    assert one.provenance == {"resampled_by": "question", "resamples": 50, "seed": 5}
    assert one != summarise(ANSWERS, {}, unit=Unit.QUESTION, seed=6, resamples=50)


@pytest.mark.parametrize("calibrated", [True, False])
def test_provenance_names_data_model_and_rubrics(
    calibrated: bool, tmp_path: Path, bank_folder: Path
) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_bytes(b"{}\n")
    bank = load_bank([bank_folder])
    encoder = SimpleNamespace(name="m", weights_digest="5", dtype="float32", device="cpu")
    grader = SimpleNamespace(encoder=encoder, calibration_id="c-1" if calibrated else None)
    names = ["model-choice/two-steps#why", "foundations/rare-class", "elsewhere"]
    answers = [judged(name, None, MET, 0.9) for name in names]
    found = provenance_of(LabelledFile(path, 9), answers, bank, grader, "1.2")  # type: ignore[arg-type]
    questions = found.pop("questions")
    assert found == {
        "file": "judged.jsonl",
        "file_digest": "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356",
        "limit": 9,
        "model": "m",
        "weights_digest": "5",
        "dtype": "float32",
        "device": "cpu",
        "calibration": "c-1" if calibrated else None,
        "package_version": "1.2",
    }
    assert isinstance(questions, dict)
    assert list(questions) == ["foundations/rare-class", "model-choice/two-steps"]
    assert "rubrics" not in questions["foundations/rare-class"]
    rubric = bank.rubric("model-choice/small-model")
    assert questions["model-choice/two-steps"] == {
        "version": "1.0.0",
        "structure_hash": bank.questions["model-choice/two-steps"].structure_hash,
        "rubrics": {
            rubric.id: {"version": rubric.version, "structure_hash": rubric.structure_hash}
        },
    }


def test_tables_hold_what_there_is(evaluation: Evaluation) -> None:
    overall, coverage, raters, styles, questions = tables(evaluation)
    shown = {row[0]: row[1:] for row in overall.rows}
    assert shown["Answers"] == ("6", NONE)
    assert shown["Accuracy"][0] == "0.800"
    assert re.fullmatch(r"\d\.\d{3} to \d\.\d{3}", shown["Accuracy"][1])
    assert coverage.rows[0] == ("100%", "0.200")
    assert [row[0] for row in raters.rows] == ["human and human", "machine and human"]
    assert [row[1] for row in raters.rows] == ["2", "4"]
    assert raters.rows[0][2].startswith("0.500 (")
    assert styles.headings[-1] == "Wrongly credited"
    assert [row[-1] for row in styles.rows] == ["1 of 2", "0 of 1"]
    assert [row[0] for row in questions.rows] == ["a", "b"]
    # The doubtful one of `a` is right; of the sure ones of `b`, one of three is wrong.
    assert [row[-1] for row in questions.rows] == ["0.000", "0.333"]
    for table in tables(evaluation):
        assert table.title
        assert all(len(row) == len(table.headings) for row in table.rows)


def test_tables_of_what_nobody_said_are_left_out() -> None:
    bare = summarise([judged("a", None, MET, None)], {})
    titles = [table.title for table in tables(bare)]
    assert titles == ["Machine against human", "By question"]
    assert tables(bare)[1].rows[0][3:] == (*[NONE] * 6, "1.000", NONE)


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "none"), (0.12345, "0.123"), (-0.0001, "0.000"), (-1.0, "-1.000")]
)
def test_numbers_have_three_decimals_and_no_negative_nought(
    value: float | None, shown: str
) -> None:
    assert number(value) == shown


class Reader(HTMLParser):
    """Collects tags and text, and sees that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_whole_and_fetches_and_runs_nothing(evaluation: Evaluation) -> None:
    text = page(evaluation)
    reader = read(text)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "a"}
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|url\(|@import| on\w+=", text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert text == page(evaluation)


def test_each_picture_has_a_title_a_description_and_a_table(evaluation: Evaluation) -> None:
    text = page(evaluation)
    pictures = re.findall(r"<svg.*?</svg>", text)
    assert len(pictures) == 4
    ids = []
    for picture in pictures:
        tree = ElementTree.fromstring(picture)  # noqa: S314 - written by ourselves
        assert tree.get("role") == "img"
        named = [child.get("id") for child in tree if child.tag in ("title", "desc")]
        assert tree.get("aria-labelledby") == " ".join(str(one) for one in named)
        assert all(child.text for child in tree if child.tag in ("title", "desc"))
        ids += named
    assert len(set(ids)) == 8
    assert len(re.findall(r'<div class="pair"><figure><svg.*?</svg></figure><div', text)) == 4
    assert text.count("<caption>") == len(tables(evaluation)) + 4


def test_pictures_show_what_was_counted(evaluation: Evaluation) -> None:
    text = page(evaluation)
    assert "<title>points: 1, met: 1.00</title>" in text
    assert "<title>answers: 2, people: 0.00, machine: 0.00</title>" in text
    cells = re.findall(r'class="count"[^>]*>(\d+)<', text)
    assert cells == ["2", "0", "1", "0", "0", "1", "0", "0", "2"]


def test_what_files_say_is_escaped() -> None:
    sly = dataclasses.replace(ANSWERS[0], question="<b>&\x1b\u202e", style="</style>")
    text = page(summarise([sly, *ANSWERS], {"file": "<script>.jsonl", "questions": {"<i>": {}}}))
    read(text)
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;&lt;U+001B&gt;&lt;U+202E&gt;" in text
    assert "&lt;script&gt;.jsonl" in text
    assert "&lt;i&gt;" in text


@pytest.mark.parametrize(
    "answers", [[judged("a", None, MET, None)], [JudgedAnswer("a", None, None, None, ())]]
)
def test_a_page_of_nothing_decided_is_whole_too(answers: list[JudgedAnswer]) -> None:
    text = page(summarise(answers, {"nothing": {}}))
    assert len(re.findall(r"<svg.*?</svg>", text)) == 4
    read(text)


def test_a_long_curve_is_drawn_in_few_points_to_its_end() -> None:
    curve = [SimpleNamespace(coverage=at / 1000, error=at / 4000) for at in range(1, 1001)]
    drawn = re.search(r'polyline class="line" points="([^"]*)"', risk_coverage_plot(curve))  # type: ignore[arg-type]
    assert drawn is not None
    points = drawn.group(1).split()
    assert len(points) == 100
    assert points[-1] == "306.0,14.0"


def test_a_scatter_leaves_out_what_has_no_score() -> None:
    assert scatter_plot([judged("a", None, MET, None)]).count("<circle") == 0
    assert scatter_plot(ANSWERS).count("<circle") == 4


def test_pictures_stay_inside_their_frames(evaluation: Evaluation) -> None:
    for picture in re.findall(r"<svg.*?</svg>", page(evaluation)):
        for mark in ElementTree.fromstring(picture):  # noqa: S314 - written by ourselves
            reach = float(mark.get("r", "0"))
            across, down = mark.get("cx") or mark.get("x"), mark.get("cy") or mark.get("y")
            if across is None or down is None:
                continue
            right = float(across) + float(mark.get("width", "0")) + reach
            below = float(down) + float(mark.get("height", "0")) + reach
            assert float(across) - reach >= 0
            assert float(down) - reach >= 0
            assert right <= WIDTH
            assert below <= HEIGHT
