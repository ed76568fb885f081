from collections.abc import Callable
from pathlib import Path

import pytest

from questionbank.bank import load_bank
from questionbank.checks import is_warning, run_checks

OPEN = "questions/model-choice/small-model.md"
NUMERIC = "questions/inference-economics/daily-bill.md"
CHOICE = "questions/foundations/rare-class.md"
CASE = "questions/model-choice/two-steps.md"

PROMPT = "{{requests}} requests a day at ${{price : .2f}} a thousand: what is the bill?"

Find = Callable[..., list[tuple[int, str, str]]]


@pytest.fixture
def find(bank_folder: Path) -> Find:
    """Edit one file and tell what is wrong with it then, (line, code, message)."""

    def run(name: str, *changes: tuple[str, str]) -> list[tuple[int, str, str]]:
        path = bank_folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        found = run_checks(load_bank([bank_folder], near=bank_folder))
        usual = {"no-sources", "no-model-answer", "few-exemplars"}
        return [
            (p.line, p.code, p.message) for p in found if p.path == name and p.code not in usual
        ]

    return run


@pytest.fixture
def line(bank_folder: Path) -> Callable[[str, str], int]:
    def number(name: str, text: str) -> int:
        lines = (bank_folder / name).read_text(encoding="utf-8").splitlines()
        return next(n for n, content in enumerate(lines, 1) if text in content)

    return number


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("requests * prize", "prize"),
        ("requests / (price - 0.5)", "cannot be computed"),
        ("requests ** 900 ** 9", "cannot be computed"),
        ("log(price - 1)", "cannot be computed"),
        ("requests * (price", "cannot be computed"),
        ("__import__('os').getpid()", "cannot be computed"),
        ("answer * 1", "answer"),
    ],
)
@pytest.mark.parametrize("of", ["formula: requests * price / 1000", "formula: requests * price\n"])
def test_a_formula_must_have_a_value_for_every_seed(
    find: Find, line: Callable[[str, str], int], formula: str, says: str, of: str
) -> None:
    new = f'formula: "{formula}"' + ("\n" if of.endswith("\n") else "")

    found = find(NUMERIC, (of, new))

    (problem,) = [entry for entry in found if entry[1] != "unused-parameter"]
    assert problem[:2] == (line(NUMERIC, new.strip()), "bad-formula")
    assert says in problem[2]


@pytest.mark.parametrize(
    ("heading", "old", "new", "says"),
    [
        ("## Prompt", "{{requests}}", "{{request}}", "request"),
        ("## Prompt", "{{requests}}", "{{answer}}", "gives the answer away"),
        ("## Prompt", "{{requests}}", "{{answer / 2 : .1f}}", "gives the answer away"),
        ("## Prompt", ": .2f", ": %s", "is no number format"),
        ("## Prompt", "{{requests}}", "{{requests : .2f : .1f}}", "is no number format"),
        ("## Prompt", "{{requests}}", "{{}}", "is no placeholder"),
        ("## Prompt", "{{requests}}", "{{1 / (price - 0.5)}}", "cannot be computed"),
        ("## Model answer", "{{answer : ,.2f}}", "{{answers : ,.2f}}", "answers"),
        ("## Exhibit", "## Prompt", "## Exhibit\n\n{{prize}}\n\n## Prompt", "prize"),
        ("## Exhibit", "## Prompt", "## Exhibit\n\n{{answer}}\n\n## Prompt", "gives the answer"),
    ],
)
def test_a_placeholder_must_have_a_value_and_a_format(
    find: Find, line: Callable[[str, str], int], heading: str, old: str, new: str, says: str
) -> None:
    (problem,) = [entry for entry in find(NUMERIC, (old, new)) if entry[1] != "unused-parameter"]

    assert problem[:2] == (line(NUMERIC, heading), "bad-placeholder")
    assert says in problem[2]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (OPEN, "how would you", "how would {{you}}"),
        (OPEN, "Compare the cost", "Compare {{cost}}"),
        (OPEN, "title: Small or", "title: The {{small}} or"),
        (OPEN, "## Model", "## Follow-ups\n\n- Why {{two}}?\n\n## Model"),
        (CHOICE, "text: Accuracy", "text: '{{1 + 1}}'"),
        (CHOICE, "why: It counts", "why: It {{counts}}"),
        (CHOICE, "Which says", "{{2}} which says"),
        (NUMERIC, "feedback: The price", "feedback: The {{price}}"),
        (CASE, "A firm has two", "A firm has {{2}}"),
        (CASE, "| A     |", "| {{A}} |"),
        (CASE, "## Part: why", "## Model answer\n\n{{answer}}\n\n## Part: why"),
        (CASE, "What do three", "What do {{1 + 2}}"),
    ],
)
def test_a_placeholder_must_stand_where_one_is_filled_in(
    find: Find, name: str, old: str, new: str
) -> None:
    found = find(name, (old, new))

    assert {code for _, code, _ in found} == {"bad-placeholder"}
    assert len(found) == 1


def test_braces_that_are_no_placeholder_are_left_alone(find: Find) -> None:
    assert find(OPEN, ("how would you", "how {would} } you {")) == []


def test_parts_of_a_case_share_the_numbers_of_all(find: Find) -> None:
    found = find(
        CASE,
        ("formula: 40 * 3", "formula: fee * 3\n    parameters:\n      fee: {values: [40, 50]}"),
        ("A firm has", "For {{fee}} a firm has"),
        ("| A     | 40    |", "| A     | {{fee : .2f}} |"),
        ("Which offer", "For {{fee}}, which offer"),
        ("The one that", "For {{fee}} the one that"),
        (
            "What do three months of offer A cost?",
            "And {{fee}} times 3?\n\n### Model answer\n\n{{answer}}",
        ),
    )

    assert found == []


def test_a_parameter_that_nothing_mentions_is_a_warning(
    find: Find, line: Callable[[str, str], int], bank_folder: Path
) -> None:
    found = find(NUMERIC, ("  price:\n", "  prices:\n    values: [3]\n  price:\n"))

    assert [entry[:2] for entry in found] == [(line(NUMERIC, "  prices:"), "unused-parameter")]
    bank = load_bank([bank_folder])
    assert all(is_warning(problem) for problem in run_checks(bank))


def test_a_parameter_may_be_used_by_a_mistake_or_a_text_only(find: Find) -> None:
    assert (
        find(
            NUMERIC,
            ("  price:\n", "  days:\n    values: [3]\n  week:\n    values: [7]\n  price:\n"),
            ("formula: requests * price\n", "formula: requests * price * days\n"),
            ("what is the bill", "what is the bill in week {{week}}"),
        )
        == []
    )


@pytest.mark.parametrize("formula", ["price * requests / 1000", "price * requests / 1000 * 1.005"])
def test_a_mistake_must_not_be_right(
    find: Find, line: Callable[[str, str], int], formula: str
) -> None:
    found = find(NUMERIC, ("formula: requests * price\n", f"formula: {formula}\n"))

    assert [entry[:2] for entry in found] == [(line(NUMERIC, formula), "mistake-is-right")]


def test_a_mistake_may_be_right_for_some_numbers(find: Find) -> None:
    changes = ("formula: requests * price\n", "formula: requests * 1.5 / 1000\n")

    assert find(NUMERIC, changes) == []


@pytest.mark.parametrize("place", ["bill?", "exhibit"])
def test_a_placeholder_must_not_compute_the_answer(
    find: Find, line: Callable[[str, str], int], place: str
) -> None:
    leak = "{{price * requests / 1000 : ,.2f}}"
    if place == "exhibit":
        found = find(NUMERIC, ("## Prompt", f"## Exhibit\n\n{leak}\n\n## Prompt"))
    else:
        found = find(NUMERIC, (place, f"bill? {leak}"))

    heading = "## Exhibit" if place == "exhibit" else "## Prompt"
    assert [entry[:2] for entry in found] == [(line(NUMERIC, heading), "answer-in-prompt")]
