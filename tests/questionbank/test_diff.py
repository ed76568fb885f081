import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.rubric import Rubric
from questionbank.bank import Bank, load_bank
from questionbank.diff import Change, PieceKind, diff_documents, word_pieces
from questionbank.document import Document, DocumentKind, question_document, rubric_document
from questionbank.errors import FormatError, UsageError
from questionbank.question import QUESTION
from questionbank.revisions import point_document
from questionbank.rubric_source import SharedPoint

OPEN = "model-choice/small-model"
CASE = "model-choice/two-steps"
NUMERIC = "inference-economics/daily-bill"
CHOICE = "foundations/rare-class"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def document(kind: str, data: dict[str, Any]) -> Document:
    text = json.dumps(data)
    if kind == "question":
        return question_document(QUESTION.validate_json(text))
    if kind == "rubric":
        return rubric_document(Rubric.model_validate_json(text))
    return point_document(SharedPoint.model_validate_json(text))


def body(bank: Bank, kind: str, content_id: str) -> dict[str, Any]:
    there = {"question": bank.questions, "rubric": bank.rubrics, "point": bank.points}
    data: dict[str, Any] = there[kind][content_id].model_dump(mode="json")  # type: ignore[attr-defined]
    return data


def put(data: dict[str, Any], path: str, value: object) -> None:
    """Set a value by keys and list positions."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = data
    for part in way:
        place = place[part]
    place[last] = value


@pytest.mark.parametrize(
    ("kind", "content_id", "at", "new", "path"),
    [
        ("question", OPEN, "prompt", "How would you choose?", "prompt"),
        ("question", OPEN, "rubric", "model-choice/other", "rubric"),
        ("question", OPEN, "id", "model-choice/other", "id"),
        ("question", NUMERIC, "unit", "euros", "unit"),
        ("question", NUMERIC, "formula", "requests * price", "formula"),
        ("question", NUMERIC, "tolerance.relative", 0.02, "tolerance.relative"),
        ("question", NUMERIC, "tolerance.absolute", 5.0, "tolerance.absolute"),
        ("question", NUMERIC, "parameters.requests.max", 6000, "parameters.requests.max"),
        ("question", NUMERIC, "parameters.price.values", [1], "parameters.price.values"),
        ("question", NUMERIC, "points", 2.0, "points"),
        ("question", CHOICE, "options.0.text", "Accuracy!", "options.accuracy.text"),
        ("question", CHOICE, "options.0.correct", True, "options.accuracy.correct"),
        ("question", CASE, "prompt", "A firm has three offers.", "prompt"),
        ("question", CASE, "parts.1.formula", "40 * 4", "parts.sum.formula"),
        ("rubric", OPEN, "points.0.weight", 3.0, "points.cost.weight"),
        ("rubric", OPEN, "points.0.description", "Compares.", "points.cost.description"),
        ("point", "measures", "description", "Tests.", "description"),
    ],
)
def test_what_changes_scores_is_told_as_scoring(
    bank: Bank, kind: str, content_id: str, at: str, new: object, path: str
) -> None:
    old_body, new_body = body(bank, kind, content_id), body(bank, kind, content_id)
    put(new_body, at, new)

    found = diff_documents(document(kind, old_body), document(kind, new_body))

    (change,) = found.scoring
    assert (change.path, change.new) == (path, new)
    assert (found.wording, found.moved) == ((), ())


@pytest.mark.parametrize(
    ("kind", "content_id", "at", "new", "path"),
    [
        ("question", OPEN, "title", "Another title", "title"),
        ("question", OPEN, "model_answer", "Another answer.", "model_answer"),
        ("question", OPEN, "exhibit", "A table.", "exhibit"),
        ("question", OPEN, "minutes", 7, "minutes"),
        ("question", NUMERIC, "mistakes.0.feedback", "No.", "mistakes.1.feedback"),
        ("question", CHOICE, "options.1.why", "Because.", "options.recall.why"),
        ("question", CASE, "parts.0.model_answer", "B.", "parts.why.model_answer"),
        ("rubric", OPEN, "points.0.title", "Cost", "points.cost.title"),
        ("rubric", OPEN, "points.0.feedback.missed", "No.", "points.cost.feedback.missed"),
        ("rubric", OPEN, "points.0.probe", "Which?", "points.cost.probe"),
        ("rubric", OPEN, "points.1.pin", "measures@2.0.0", "points.measures.pin"),
        ("rubric", OPEN, "examples.0.answer", "I measure.", "examples.good.answer"),
        ("rubric", OPEN, "examples.1.verdicts.cost", "met", "examples.bad.verdicts.cost"),
        ("point", "measures", "feedback.met", "Yes.", "feedback.met"),
    ],
)
def test_everything_else_is_told_as_wording(
    bank: Bank, kind: str, content_id: str, at: str, new: object, path: str
) -> None:
    old_body, new_body = body(bank, kind, content_id), body(bank, kind, content_id)
    put(new_body, at, new)

    found = diff_documents(document(kind, old_body), document(kind, new_body))

    (change,) = found.wording
    assert (change.path, change.new) == (path, new)
    assert (found.scoring, found.moved) == ((), ())


def test_exemplars_are_compared_as_sets(bank: Bank) -> None:
    old_body, new_body = body(bank, "rubric", OPEN), body(bank, "rubric", OPEN)
    first, second = old_body["points"][0]["exemplars"]
    new_body["points"][0]["exemplars"] = [second, "Dear or cheap, that is what I ask.", first]
    old_body["points"][0]["counterexamples"].append("Who cares?")

    found = diff_documents(document("rubric", old_body), document("rubric", new_body))

    assert found.scoring == (
        Change(path="points.cost.exemplars", old=None, new="Dear or cheap, that is what I ask."),
        Change(path="points.cost.counterexamples", old="Who cares?", new=None),
    )
    assert found.wording == ()
    assert found.moved == ("points.cost.exemplars",)


def test_lists_of_words_in_the_header_are_compared_as_sets(bank: Bank) -> None:
    old_body, new_body = body(bank, "question", OPEN), body(bank, "question", OPEN)
    new_body["topics"] = ["evaluation", "cost", "risk"]
    new_body["sources"] = []

    found = diff_documents(document("question", old_body), document("question", new_body))

    assert {(c.path, c.old, c.new) for c in found.wording} == {
        ("topics", None, "risk"),
        ("sources", "Own experience.", None),
    }
    assert found.moved == ("topics",)


def test_points_are_matched_by_id_and_told_whole_when_new_or_gone(bank: Bank) -> None:
    old_body, new_body = body(bank, "rubric", OPEN), body(bank, "rubric", OPEN)
    renamed = new_body["points"].pop(0)
    new_body["points"].append({**renamed, "id": "price", "title": "Names a price"})
    for example in new_body["examples"]:
        example["verdicts"]["price"] = example["verdicts"].pop("cost")

    found = diff_documents(document("rubric", old_body), document("rubric", new_body))

    assert [change.path for change in found.scoring] == ["points.cost", "points.price"]
    assert {change.path for change in found.wording} == {
        f"examples.{example}.verdicts.{point}"
        for example in ("good", "bad")
        for point in ("cost", "price")
    }


def test_reordered_points_are_noted_only(bank: Bank) -> None:
    old_body, new_body = body(bank, "rubric", OPEN), body(bank, "rubric", OPEN)
    new_body["points"].reverse()

    found = diff_documents(document("rubric", old_body), document("rubric", new_body))

    assert (found.scoring, found.wording, found.moved) == ((), (), ("points",))


@pytest.mark.parametrize(
    ("change", "scoring", "wording"),
    [
        (lambda b: b["mistakes"].clear(), [], ["mistakes.1"]),
        (lambda b: b["parameters"].pop("price"), ["parameters.price"], []),
        (lambda b: b["parameters"].update(x={"values": [1]}), ["parameters.x"], []),
    ],
)
def test_things_added_and_removed_are_told_once(
    bank: Bank, change: Callable[[dict[str, Any]], object], scoring: list[str], wording: list[str]
) -> None:
    old_body, new_body = body(bank, "question", NUMERIC), body(bank, "question", NUMERIC)
    change(new_body)

    found = diff_documents(document("question", old_body), document("question", new_body))

    assert [c.path for c in found.scoring] == scoring
    assert [c.path for c in found.wording] == wording


def test_examples_are_named_by_id_even_when_all_are_new(bank: Bank) -> None:
    old_body, new_body = body(bank, "rubric", OPEN), body(bank, "rubric", OPEN)
    old_body["examples"] = []

    found = diff_documents(document("rubric", old_body), document("rubric", new_body))

    assert [change.path for change in found.wording] == ["examples.good", "examples.bad"]


def test_anchors_that_are_new_are_told_as_one_thing(bank: Bank) -> None:
    old_body, new_body = body(bank, "rubric", OPEN), body(bank, "rubric", OPEN)
    new_body["points"][0]["anchors"] = {"1": "a", "3": "b", "5": "c"}
    other = json.loads(json.dumps(new_body))
    other["points"][0]["anchors"]["3"] = "d"

    found = diff_documents(document("rubric", old_body), document("rubric", new_body))
    (change,) = diff_documents(document("rubric", new_body), document("rubric", other)).wording

    assert [c.path for c in found.wording] == ["points.cost.anchors"]
    assert (change.path, change.old, change.new) == ("points.cost.anchors.3", "b", "d")


def test_another_kind_of_question_is_compared_key_by_key(bank: Bank) -> None:
    found = diff_documents(
        question_document(bank.questions[CHOICE]), question_document(bank.questions[CASE])
    )

    paths = {change.path for change in found.scoring}
    assert {"id", "kind", "prompt", "options", "parts"} <= paths
    assert not paths & {change.path for change in found.wording}


def test_version_status_and_format_are_no_differences(bank: Bank) -> None:
    old_body, new_body = body(bank, "question", OPEN), body(bank, "question", OPEN)
    new_body |= {"version": "2.0.0", "status": "retired"}

    found = diff_documents(document("question", old_body), document("question", new_body))

    assert (found.scoring, found.wording, found.moved) == ((), (), ())


_EDITS = st.lists(
    st.sampled_from(
        [
            ("title", "New title"),
            ("points.0.weight", 5.0),
            ("points.0.title", "T"),
            ("points.0.exemplars", ["One wording."]),
            ("points.0.exemplars.0", "Some other wording."),
            ("points.1.counterexamples", []),
            ("points.1.probe", "P?"),
            ("points.0.id", "money"),
            ("examples", []),
        ]
    ),
    max_size=4,
)


@given(edits=_EDITS, backwards=st.booleans())
def test_a_difference_agrees_with_the_hashes(
    edits: list[tuple[str, Any]], backwards: bool, rubric_body: str
) -> None:
    data = json.loads(rubric_body)
    for path, value in edits:
        put(data, path, value)
    if backwards:
        data["points"].reverse()
    old, new = document("rubric", json.loads(rubric_body)), document("rubric", data)

    found = diff_documents(old, new)

    same_structure = old.structure_hash == new.structure_hash
    same_content = old.content_hash == new.content_hash
    assert same_structure == (not found.scoring and "points" not in found.moved)
    assert same_content == (not (found.scoring or found.wording or found.moved))


@pytest.fixture(scope="module")
def rubric_body(tmp_path_factory: pytest.TempPathFactory) -> str:
    point = {
        "title": "T",
        "description": "D.",
        "exemplars": ["I would ask.", "Ask first."],
        "counterexamples": ["No."],
        "feedback": {"met": "Yes.", "missed": "No."},
        "probe": "What?",
    }
    data = {
        "id": "a/b",
        "version": "1.0.0",
        "title": "Title",
        "points": [{"id": "cost", **point}, {"id": "risk", **point}],
        "examples": [{"id": "e", "answer": "A.", "verdicts": {}}],
    }
    return json.dumps(Rubric.model_validate_json(json.dumps(data)).model_dump(mode="json"))


def test_different_kinds_cannot_be_compared(bank: Bank) -> None:
    with pytest.raises(UsageError, match="a question cannot be compared with a rubric"):
        diff_documents(question_document(bank.questions[OPEN]), rubric_document(bank.rubrics[OPEN]))


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_a_text_that_cannot_be_read_is_refused(kind: DocumentKind) -> None:
    old = Document(
        kind=kind, id="a/b", version="1.0.0", content_hash="x", structure_hash="y", body={"id": 7}
    )

    with pytest.raises(FormatError, match=f"{kind} a/b@1.0.0: this text cannot be read"):
        diff_documents(old, old)


def test_long_texts_are_compared_word_by_word() -> None:
    change = Change(
        path="prompt", old="How would you\njudge the claim?", new="How do you judge it?"
    )

    assert [(piece.kind.value, piece.text) for piece in change.pieces()] == [
        ("same", "How "),
        ("removed", "would you\n"),
        ("added", "do you "),
        ("same", "judge "),
        ("removed", "the claim?"),
        ("added", "it?"),
    ]


@pytest.mark.parametrize(("old", "new"), [(None, "x"), (1, 2), ("x", None)])
def test_only_two_texts_have_pieces(old: str | int | None, new: str | int | None) -> None:
    assert Change(path="p", old=old, new=new).pieces() == ()


@given(old=st.text("ab \n", max_size=60), new=st.text("ab \n", max_size=60))
def test_pieces_make_up_both_texts(old: str, new: str) -> None:
    pieces = word_pieces(old, new)

    assert "".join(p.text for p in pieces if p.kind is not PieceKind.ADDED) == old
    assert "".join(p.text for p in pieces if p.kind is not PieceKind.REMOVED) == new
    assert all(piece.text for piece in pieces)


def test_the_longest_texts_are_compared_in_reasonable_time() -> None:
    old = "the model is good " * 1_100
    started = time.perf_counter()

    pieces = word_pieces(old, old.replace("good", "bad", 500) + "in the end")

    assert time.perf_counter() - started < 5
    assert "".join(p.text for p in pieces if p.kind is not PieceKind.ADDED) == old
