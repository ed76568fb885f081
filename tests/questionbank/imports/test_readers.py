"""Files that other programs wrote: what is understood, and what is named as left behind."""

import json

import pytest
from exchanging import read_back

from questionbank.errors import FormatError
from questionbank.exports.drafting import Draft
from questionbank.exports.package import zipped
from questionbank.imports.completing import complete


def moodle(*questions: str) -> bytes:
    return f'<?xml version="1.0"?>\n<quiz>{"".join(questions)}</quiz>'.encode()


def question(kind: str, body: str, text: str = "<p>Ask &lt;b&gt;it&lt;/b&gt;</p>") -> str:
    return (
        f'<question type="{kind}"><name><text>A name</text></name>'
        f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>'
        f"{body}</question>\n"
    )


CATEGORY = (
    '<question type="category"><category><text>$course$/top/My Area</text></category></question>'
)


def one(raw: bytes, name: str) -> dict[str, object]:
    found = read_back(raw, name)
    assert found.problems == ()
    (draft,) = found.drafts
    return draft.question


def test_a_foreign_essay_is_read_with_its_category_and_notes() -> None:
    notes = (
        "<graderinfo format='html'><text>&lt;p&gt;[2] Cost: says it&lt;/p&gt;</text></graderinfo>"
    )
    found = read_back(moodle(CATEGORY, question("essay", notes, "<h2>Do</h2><p>it</p>")), "moodle")
    (draft,) = found.drafts
    assert draft.question["id"] == "my-area/"
    assert draft.question["prompt"] == "## Do\n\nit"
    assert draft.rubrics[None]["points"] == [
        {"title": "Cost", "weight": 2.0, "description": "says it"}
    ]
    completed, problems = complete(found.drafts, "f")
    assert completed[0].question.id == "my-area/a-name"
    assert completed[0].question.status == "draft"
    assert completed[0].question.prompt == "### Do\n\nit"
    (problem,) = problems
    assert problem.code == "incomplete"
    for gap in ("rubric.points.exemplars", "rubric.points.probe", "topics", "minutes"):
        assert gap in problem.message


def test_true_and_false_are_options() -> None:
    body = (
        '<answer fraction="100" format="plain_text"><text>true</text>'
        "<feedback><text>Yes</text></feedback></answer>"
        '<answer fraction="0"><text>false</text></answer>'
    )
    data = one(moodle(question("truefalse", body)), "moodle")
    assert data["options"] == [
        {"id": "a", "text": "true", "correct": True, "why": "Yes"},
        {"id": "b", "text": "false", "correct": False},
    ]


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("matching", "", "questions of the type 'matching' are not taken over"),
        ("numerical", "", "no answer is marked as right"),
        ("numerical", '<answer fraction="100"><text>*</text></answer>', "'*' in <answer>"),
        ("numerical", '<answer fraction="100"><text>1e99</text></answer>', "too large"),
        ("numerical", '<answer fraction="x"><text>1</text></answer>', "'x' in <fraction>"),
        ("multichoice", '<answer fraction="0"><text>a</text></answer>' * 21, "21 options"),
        ("multichoice", "<defaultgrade>nan</defaultgrade>", "too large"),
    ],
)
def test_moodle_questions_that_cannot_be_taken_over_are_named_with_their_line(
    kind: str, body: str, message: str
) -> None:
    found = read_back(moodle("\n", question(kind, body)), "moodle")
    assert found.drafts == ()
    (problem,) = found.problems
    assert problem.line == 3
    assert problem.code == "not-imported"
    assert message in problem.message


def test_moodle_xml_of_another_kind_is_refused() -> None:
    with pytest.raises(FormatError, match="expected <quiz>"):
        read_back(b"<rss/>", "moodle")


def test_a_hash_in_a_foreign_idnumber_makes_no_case() -> None:
    raw = moodle(question("essay", "<idnumber>Q#12</idnumber>"))
    completed, problems = complete(read_back(raw, "moodle").drafts, "f")
    assert completed[0].question.kind == "open"
    assert completed[0].question.id == "imported/q-12"
    assert [problem.code for problem in problems] == ["renamed", "incomplete"]


GIFT = r"""
// a comment
$CATEGORY: $course$/top/Basics

::Numbers:: How many? {#4:0.5}

How much? {#1..3}

Either {#=%100%5:0#yes =%0%6:0#no, six =%0%7}

[html]<p>Pick <b>one</b></p> {
=right#why so
~[markdown]wrong
}

Is it so? {TRUE#no#yes}

Water is {~red =clear} and wet.

Write. {####Like <i>this</i>}
"""


def test_gift_as_people_write_it_is_understood() -> None:
    found = read_back(GIFT.encode(), "gift")
    assert found.problems == ()
    first, span, shares, pick, truth, missing, essay = [d.question for d in found.drafts]
    assert (first["id"], first["title"], first["formula"]) == ("basics/", "Numbers", "4")
    assert first["tolerance"] == {"absolute": 0.5}
    assert (span["formula"], span["tolerance"]) == ("2", {"absolute": 1.0})
    assert shares["mistakes"] == [{"formula": "6", "feedback": "no, six"}]
    assert pick["prompt"] == "Pick **one**"
    assert pick["options"] == [
        {"id": "a", "text": "right", "correct": True, "why": "why so"},
        {"id": "b", "text": "wrong", "correct": False},
    ]
    assert [option["correct"] for option in truth["options"]] == [True, False]
    assert missing["prompt"] == "Water is _____ and wet."
    assert essay["model_answer"] == "Like <i>this</i>"
    completed, problems = complete(found.drafts, "f")
    assert len(completed) == 7
    assert {problem.code for problem in problems} == {"incomplete"}
    assert completed[6].question.model_answer == "Like *this*"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("No braces", "needs its answer in braces"),
        ("} {", "needs its answer in braces"),
        ("::never closed", "the name is not closed"),
        ("Match {=a -> b =c -> d}", "matching questions"),
        ("Name it {=cat =dog}", "short-answer questions"),
        ("N {#x}", "'x' is not a number"),
        ("N {#1e99}", "too large"),
        ("N {#=%0%5#no}", "no answer is marked as right"),
        ("C {" + "~a" * 21 + "}", "21 options"),
        ("x" * 200_001 + "{}", "longer than 200,000"),
        ("[html]" + "<b>" * 4_000 + "{}", "more than 3,000 tags"),
    ],
    ids=lambda value: value[:20],
)
def test_gift_that_cannot_be_taken_over_is_named_with_its_line(text: str, message: str) -> None:
    found = read_back(f"\n\n{text}\n".encode(), "gift")
    assert found.drafts == ()
    assert [(p.line, p.code) for p in found.problems] == [(3, "not-imported")]
    assert message in found.problems[0].message


def test_braces_all_over_a_gift_file_cost_no_time() -> None:
    found = read_back(b"{" * 190_000 + b"\n\n" + b"~" * 190_000, "gift")
    assert len(found.problems) == 2


ITEM = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
 identifier="Foreign 1" title="Foreign">{declaration}
<qti-outcome-declaration identifier="SCORE" normal-maximum="2"/>
<qti-item-body>{body}</qti-item-body>{after}</qti-assessment-item>"""
FLOAT = """<qti-response-declaration base-type="float"><qti-correct-response>
<qti-value>{value}</qti-value></qti-correct-response></qti-response-declaration>"""
ENTRY = "<p>How <b>many</b>? <qti-text-entry-interaction/></p>"


def test_a_qti_item_by_itself_is_understood() -> None:
    after = '<qti-equal tolerance-mode="relative" tolerance="10 10"/>'
    raw = ITEM.format(declaration=FLOAT.format(value=-50), body=ENTRY, after=after).encode()
    data = one(raw, "qti3")
    assert data["prompt"] == "How **many**?"
    assert (data["id"], data["formula"], data["points"]) == ("foreign-1", "-50", 2.0)
    assert data["tolerance"] == {"absolute": 5.0}


def test_a_foreign_choice_keeps_its_prompt_and_feedback() -> None:
    declaration = (
        '<qti-response-declaration base-type="identifier"><qti-correct-response>'
        "<qti-value>B</qti-value></qti-correct-response></qti-response-declaration>"
    )
    body = (
        "<p>Read.</p><qti-choice-interaction><qti-prompt>Pick</qti-prompt>"
        '<qti-simple-choice identifier="A">one</qti-simple-choice>'
        '<qti-simple-choice identifier="B">two<qti-feedback-inline>yes</qti-feedback-inline>'
        "</qti-simple-choice></qti-choice-interaction>"
    )
    raw = ITEM.format(declaration=declaration, body=body, after="").encode()
    data = one(raw, "qti3")
    assert data["prompt"] == "Read.\n\nPick"
    assert data["options"] == [
        {"id": "A", "text": "one", "correct": False},
        {"id": "B", "text": "two", "correct": True, "why": "yes"},
    ]
    completed, problems = complete([Draft(data)], "f")
    assert [option.id for option in completed[0].question.options] == ["a", "b"]  # type: ignore[union-attr]
    assert "options.id" in problems[-1].message


def test_blocks_for_scorers_that_others_wrote_are_read_as_criteria() -> None:
    body = (
        '<qti-extended-text-interaction/><qti-rubric-block use="scoring" view="scorer">'
        "<qti-content-body><p>[1] Cost: says it</p><ul><li>[2] Time: too</li></ul>"
        "</qti-content-body></qti-rubric-block>"
    )
    found = read_back(ITEM.format(declaration="", body=body, after="").encode(), "qti3")
    points = found.drafts[0].rubrics[None]["points"]
    assert [(point["weight"], point["title"]) for point in points] == [(1, "Cost"), (2, "Time")]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (b"<other/>", "expected <qti-assessment-item>"),
        (ITEM.format(declaration="", body="<p/>", after="").encode(), "0 interactions"),
        (ITEM.format(declaration="", body=ENTRY, after="").encode(), "for numbers only"),
        (ITEM.format(declaration=FLOAT.format(value="x"), body=ENTRY, after="").encode(), "'x'"),
        (ITEM.format(declaration=FLOAT.format(value="1e99"), body=ENTRY, after="").encode(), "1e9"),
    ],
)
def test_qti_items_that_cannot_be_taken_over_are_named(item: bytes, message: str) -> None:
    resource = '<resource type="imsqti_item_xmlv3p0" href="./a.xml"/>'
    other = '<resource type="webcontent" href="b"/><resource type="imsqti_item_x" href="c.xml"/>'
    manifest = f"<manifest><resources>{resource}{other}</resources></manifest>".encode()
    found = read_back(zipped({"imsmanifest.xml": manifest, "a.xml": item}), "qti3")
    assert found.drafts == ()
    assert message in found.problems[0].message
    assert "names 'c.xml', which is not in the package" in found.problems[1].message


def csv_row(**cells: str) -> bytes:
    head = ",".join(cells)
    return f"{head}\n{','.join(cells.values())}\n".encode()


def test_a_table_with_a_few_columns_is_enough() -> None:
    data = one(csv_row(kind="numeric", prompt="How many?", value="4", strategy="basics"), "csv")
    assert (data["formula"], data["tolerance"], data["id"]) == ("4", {"absolute": 0.0}, "basics/")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (csv_row(kind="essay", prompt="x"), "'essay' is no kind; use one of open, numeric, choice"),
        (csv_row(kind="open", prompt=""), "the prompt is empty"),
        (csv_row(kind="numeric", prompt="x", value="four"), "in the column value is not a number"),
        (csv_row(kind="numeric", prompt="x", value="inf"), "in the column value is too large"),
    ],
)
def test_rows_that_cannot_be_taken_over_are_named_with_their_line(raw: bytes, message: str) -> None:
    found = read_back(raw + b"open,fine\n", "csv")
    assert [(p.line, p.code) for p in found.problems] == [(2, "not-imported")]
    assert message in found.problems[0].message
    assert len(found.drafts) == 1


def test_empty_rows_and_cells_beyond_the_columns_are_passed_over() -> None:
    found = read_back(b"kind,prompt\n,\nopen,ask,more\n", "csv")
    assert found.problems == ()
    assert [(d.line, d.question["prompt"]) for d in found.drafts] == [(3, "ask")]


def test_a_shared_point_that_cannot_be_read_is_named() -> None:
    data = {"type": "questionbank", "format": 1, "points": [{"id": "x"}]}
    (problem,) = read_back(json.dumps(data).encode(), "json").problems
    assert problem.message.startswith("the shared point 'x' cannot be read")
