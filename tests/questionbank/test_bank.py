from collections.abc import Callable
from pathlib import Path

import pytest

from questionbank.bank import Bank, choose, load_bank
from questionbank.errors import NotFoundError, UsageError
from questionbank.filter import Filter
from questionbank.question import Audience, Level

OPEN = "questions/model-choice/small-model.md"
CASE = "questions/model-choice/two-steps.md"
NUMERIC = "questions/inference-economics/daily-bill.md"
CHOICE = "questions/foundations/rare-class.md"
RUBRIC = "rubrics/model-choice/small-model.yaml"
POINT = "rubrics/points/measures.yaml"

Edit = Callable[..., list[str]]


@pytest.fixture
def edit(bank_folder: Path) -> Edit:
    """Change a file, load the bank, return its problems as lines."""

    def change(name: str, *pairs: tuple[str, str]) -> list[str]:
        text = (bank_folder / name).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        (bank_folder / name).write_text(text, encoding="utf-8")
        return problems(bank_folder)

    return change


def problems(*roots: Path) -> list[str]:
    return [str(problem) for problem in load_bank(roots, near=roots[0]).problems]


def test_a_sound_bank_has_no_problems(bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    assert bank.problems == []
    assert sorted(bank.questions) == [
        "foundations/rare-class",
        "inference-economics/daily-bill",
        "model-choice/small-model",
        "model-choice/two-steps",
    ]
    assert list(bank.rubrics) == ["model-choice/small-model"]
    assert list(bank.points) == ["measures"]
    assert bank.question("foundations/rare-class").title == "A rare class"
    assert bank.rubric("model-choice/small-model").max_points == 3
    origin, file = bank.question_files["foundations/rare-class"]
    assert origin.path == bank_folder / CHOICE
    assert file.question == bank.question("foundations/rare-class")


def test_a_folder_that_is_no_bank_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    with pytest.raises(UsageError, match="is no bank"):
        load_bank([tmp_path])
    with pytest.raises(UsageError, match="is no bank"):
        load_bank([tmp_path / "nowhere"])


def test_an_empty_bank_is_a_bank(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    (tmp_path / "rubrics").mkdir()
    bank = load_bank([tmp_path])
    assert (bank.questions, bank.problems) == ({}, [])


def test_problems_of_several_files_are_reported_in_one_run(bank_folder: Path) -> None:
    (bank_folder / OPEN).write_bytes(b"---\nformat: 1\ntitle: caf\xe9\n---\n")
    (bank_folder / CASE).write_text("no front matter", encoding="utf-8")
    (bank_folder / NUMERIC).write_text("---\nformat: 9\n---\n", encoding="utf-8")
    (bank_folder / "questions" / "bad.md").symlink_to("/etc/hostname")
    (bank_folder / RUBRIC).write_text("points: [\n", encoding="utf-8")
    with (bank_folder / "rubrics" / "large.yaml").open("wb") as file:
        file.truncate(50_000_000)
    codes = [problem.rsplit("/", 1)[-1].split(":")[:3] for problem in problems(bank_folder)]
    assert codes == [
        ["bad.md", "0", " outside-bank"],
        ["daily-bill.md", "2", " newer-format"],
        ["small-model.md", "3", " encoding"],
        ["two-steps.md", "1", " front-matter"],
        ["large.yaml", "0", " too-large"],
        ["small-model.yaml", "2", " yaml-syntax"],
    ]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (RUBRIC, b"points: [\n"),
        (RUBRIC, b"\xff"),
        (RUBRIC, b"format: 9\n"),
        (RUBRIC, b"format: 1\nid: model-choice/small-model\n"),
        (POINT, b"format: 1\nid: measures\n"),
        (POINT, b"\x1b"),
        (CHOICE, b"---\nformat: 1\nid: foundations/rare-class\n---\n"),
        (CHOICE, b""),
    ],
)
def test_a_broken_file_is_not_reported_as_missing_elsewhere(
    bank_folder: Path, name: str, damage: bytes
) -> None:
    (bank_folder / name).write_bytes(damage)
    found = problems(bank_folder)
    assert found
    assert all(problem.startswith(name) for problem in found)


def test_a_broken_question_does_not_hide_a_missing_rubric_of_its_name(edit: Edit) -> None:
    edit(RUBRIC, ("id: model-choice/small-model", "id: model-choice/renamed"))
    found = edit(OPEN, ("minutes: 4", "minutes: four"))
    assert found == [
        f"{OPEN}:11: wrong-type: minutes: expected a whole number",
        f"{CASE}:16: missing-rubric: there is no rubric 'model-choice/small-model' in rubrics/",
    ]


def test_a_renamed_shared_point_is_missed_where_it_is_pinned(edit: Edit) -> None:
    assert edit(POINT, ("id: measures", "id: measured")) == [
        f"{RUBRIC}:19: missing-point: there is no shared point 'measures' in rubrics/points"
    ]


@pytest.mark.parametrize("name", [CHOICE, RUBRIC, POINT])
def test_one_id_in_two_files_is_a_problem_in_the_second(bank_folder: Path, name: str) -> None:
    path = bank_folder / name
    twin = path.with_stem(f"{path.stem}-twin")
    twin.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (found,) = problems(bank_folder)
    first, second = sorted([path, twin])
    assert found.startswith(f"{second.relative_to(bank_folder)}:")
    assert "duplicate-id" in found
    assert str(first.relative_to(bank_folder)) in found


def test_prerequisites_in_a_circle_are_reported_on_each_of_them(edit: Edit) -> None:
    edit(CHOICE, ("minutes: 2", "minutes: 2\nprerequisites: [model-choice/small-model]"))
    found = edit(OPEN, ("minutes: 4", "minutes: 4\nprerequisites:\n  - model-choice/two-steps"))
    assert [line.split(": ")[:2] for line in found] == [
        [f"{CHOICE}:12", "circle"],
        [f"{OPEN}:13", "circle"],
        [f"{CASE}:12", "circle"],
    ]


def test_a_question_before_a_circle_is_not_in_it(edit: Edit) -> None:
    edit(NUMERIC, ("minutes: 3", "minutes: 3\nprerequisites: [foundations/rare-class]"))
    found = edit(CHOICE, ("minutes: 2", "minutes: 2\nprerequisites: [foundations/rare-class]"))
    assert [line.split(":")[0] for line in found] == [CHOICE]


def test_each_part_with_a_missing_rubric_is_reported(edit: Edit) -> None:
    part = "  - id: again\n    kind: open\n    rubric: model-choice/none\n  - id: sum"
    section = "## Part: again\n\nAgain?\n\n## Part: sum"
    found = edit(
        CASE,
        ("rubric: model-choice/small-model", "rubric: model-choice/none"),
        ("  - id: sum", part),
        ("## Part: sum", section),
    )
    assert [line.split(": ")[:2] for line in found] == [
        [f"{CASE}:16", "missing-rubric"],
        [f"{CASE}:19", "missing-rubric"],
    ]


def test_a_linked_folder_out_of_the_bank_is_a_problem(bank_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "q.md").write_text("secret", encoding="utf-8")
    (bank_folder / "questions" / "linked").symlink_to(tmp_path / "elsewhere")
    assert [line.split(": ")[:2] for line in problems(bank_folder)] == [
        ["questions/linked:0", "outside-bank"]
    ]


@pytest.mark.parametrize("name", ["\x1b[31mred.md", "a\nb.md", "a\tb.md", "caf\udce9.md"])
def test_a_hostile_file_name_is_shown_harmlessly(bank_folder: Path, name: str) -> None:
    (bank_folder / "questions" / name).write_text("", encoding="utf-8")
    (found,) = problems(bank_folder)
    assert found.isprintable()
    found.encode()


def test_files_are_named_from_where_one_stands(bank_folder: Path, tmp_path: Path) -> None:
    (bank_folder / CHOICE).write_text("", encoding="utf-8")
    assert load_bank([bank_folder], near=bank_folder).problems[0].path == CHOICE
    assert load_bank([bank_folder], near=tmp_path).problems[0].path == f"bank/{CHOICE}"
    elsewhere = load_bank([bank_folder], near=tmp_path / "other").problems[0].path
    assert elsewhere == str(bank_folder / CHOICE) == load_bank([bank_folder]).problems[0].path


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A second bank, to lie over the first."""
    root = tmp_path / "private"
    (root / "questions").mkdir(parents=True)
    (root / "rubrics" / "points").mkdir(parents=True)
    return root


def test_a_later_bank_lies_over_an_earlier_one(
    bank_folder: Path, private: Path, bank_files: dict[str, str]
) -> None:
    text = bank_files[CHOICE].replace("A rare class", "Ours").replace("1.0.0", "2.0.0")
    (private / "questions" / "ours.md").write_text(text, encoding="utf-8")
    more = bank_files[OPEN].replace("id: model-choice/small-model", "id: model-choice/more")
    (private / "questions" / "more.md").write_text(more, encoding="utf-8")
    bank = load_bank([bank_folder, private])
    assert bank.problems == []
    assert bank.roots == (bank_folder, private)
    assert bank.question("foundations/rare-class").title == "Ours"
    assert bank.question_files["foundations/rare-class"][0].root == private
    assert bank.question("model-choice/more").kind == "open"
    assert len(bank.questions) == 5
    assert load_bank([private, bank_folder]).question("foundations/rare-class").title != "Ours"


def test_a_point_that_lies_over_another_serves_the_later_bank_alone(
    bank_folder: Path, private: Path, bank_files: dict[str, str]
) -> None:
    point = bank_files[POINT].replace("version: 1.0.0", "version: 2.0.0")
    (private / "rubrics" / "points" / "m.yaml").write_text(point, encoding="utf-8")
    rubric = bank_files[RUBRIC].replace("id: model-choice/small-model", "id: model-choice/ours")
    rubric = rubric.replace("measures@1.0.0", "measures@2.0.0")
    (private / "rubrics" / "ours.yaml").write_text(rubric, encoding="utf-8")
    bank = load_bank([bank_folder, private])
    assert bank.problems == []
    assert bank.rubric("model-choice/small-model").point("measures").pin == "measures@1.0.0"
    assert bank.rubric("model-choice/ours").point("measures").pin == "measures@2.0.0"


@pytest.mark.parametrize(
    "text",
    ["---\nformat: 1\nid: foundations/rare-class\n---\n", "---\nid: foundations/rare-class\n["],
)
def test_a_broken_later_file_never_lets_the_earlier_one_be_asked(
    bank_folder: Path, private: Path, text: str
) -> None:
    (private / "questions" / "q.md").write_text(f"{text}\n---\n", encoding="utf-8")
    bank = load_bank([bank_folder, private])
    assert bank.problems
    with pytest.raises(UsageError, match="has problems"):
        bank.question("foundations/rare-class")


def test_a_sound_later_file_mends_a_broken_earlier_one(
    bank_folder: Path, private: Path, bank_files: dict[str, str]
) -> None:
    for name in (CHOICE, RUBRIC, POINT):
        place = private / name.split("/", 1)[0] / name.split("/", 1)[1].replace("/", "-")
        place = private / name if name == POINT else place
        place.write_text(bank_files[name], encoding="utf-8")
        (bank_folder / name).write_text("format: 1\nid: [\n", encoding="utf-8")
    bank = load_bank([bank_folder, private], near=bank_folder)
    assert {problem.path for problem in bank.problems} == {CHOICE, RUBRIC, POINT}
    assert bank.question("foundations/rare-class").title == "A rare class"
    assert bank.gradable(bank.question("model-choice/small-model"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("small-model", "did you mean model-choice/small-model"),
        ("model-choice/smal-model", "did you mean model-choice/small-model"),
        ("zzz", "there is no question 'zzz'"),
        ("../../etc/passwd", "there is no question"),
    ],
)
def test_a_question_that_is_not_there_names_near_ones(
    bank_folder: Path, name: str, hint: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        load_bank([bank_folder]).question(name)
    assert hint in str(caught.value)


def test_a_rubric_that_is_not_there_names_near_ones(bank_folder: Path) -> None:
    with pytest.raises(NotFoundError, match="did you mean model-choice/small-model"):
        load_bank([bank_folder]).rubric("model-choice/small-modl")
    (bank_folder / RUBRIC).write_text("format: 1\nid: model-choice/small-model\n", encoding="utf-8")
    with pytest.raises(UsageError, match="has problems"):
        load_bank([bank_folder]).rubric("model-choice/small-model")


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def ids(
    bank: Bank, wanted: Filter, count: int | None = None, minutes: int | None = None
) -> set[str]:
    return {q.id.split("/")[1] for q in choose(bank, wanted, count, minutes, seed=1)}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), {"small-model", "two-steps", "daily-bill", "rare-class"}),
        (Filter(strategies=("model-choice",)), {"small-model", "two-steps"}),
        (Filter(levels=(Level.BEGINNER,)), {"small-model", "rare-class"}),
        (Filter(levels=(Level.BEGINNER,), topics=("metrics",)), {"rare-class"}),
        (Filter(topics=("metrics", "evaluation")), {"small-model", "rare-class"}),
        (Filter(audiences=(Audience.ENGINEER,)), {"two-steps", "daily-bill"}),
    ],
)
def test_a_filter_narrows_the_draw(bank: Bank, wanted: Filter, expected: set[str]) -> None:
    assert ids(bank, wanted) == expected


def test_the_same_seed_draws_the_same_questions(bank: Bank) -> None:
    draws = [tuple(q.id for q in choose(bank, Filter(), 2, None, seed)) for seed in range(20)]
    assert draws == [tuple(q.id for q in choose(bank, Filter(), 2, None, s)) for s in range(20)]
    assert len(set(draws)) > 3


def test_a_draw_is_the_same_for_good(bank: Bank) -> None:
    drawn = [q.id for q in choose(bank, Filter(), None, None, seed=2026)]
    assert drawn == [
        "foundations/rare-class",
        "model-choice/two-steps",
        "model-choice/small-model",
        "inference-economics/daily-bill",
    ]


def test_prerequisites_come_first_whatever_the_seed(bank: Bank) -> None:
    for seed in range(30):
        drawn = [question.id for question in choose(bank, Filter(), None, None, seed)]
        assert drawn.index("foundations/rare-class") < drawn.index("model-choice/two-steps")


def test_a_chain_as_long_as_the_bank_is_put_in_order(bank: Bank) -> None:
    base = bank.question("foundations/rare-class")
    for number in range(3000):
        needs = (f"foundations/q{number + 1}",) if number < 2999 else ()
        name = f"foundations/q{number}"
        bank.questions[name] = base.model_copy(update={"id": name, "prerequisites": needs})
    drawn = [q.id for q in choose(bank, Filter(topics=("metrics",)), None, None, 5) if "/q" in q.id]
    assert drawn == [f"foundations/q{number}" for number in reversed(range(3000))]


def test_questions_in_a_circle_are_drawn_once_each(edit: Edit, bank_folder: Path) -> None:
    edit(CHOICE, ("minutes: 2", "minutes: 2\nprerequisites: [model-choice/two-steps]"))
    drawn = [q.id for q in choose(load_bank([bank_folder]), Filter(), None, None, 1)]
    assert len(drawn) == len(set(drawn)) == 4


def test_time_bounds_the_draw(bank: Bank) -> None:
    for seed in range(10):
        drawn = choose(bank, Filter(), None, 7, seed)
        assert 0 < sum(question.minutes for question in drawn) <= 7


def test_ids_are_drawn_in_the_order_named(bank: Bank) -> None:
    names = ("model-choice/two-steps", "foundations/rare-class")
    assert tuple(q.id for q in choose(bank, Filter(ids=names), None, None, 1)) == names


@pytest.mark.parametrize(
    ("wanted", "count", "minutes", "message"),
    [
        (Filter(topics=("nothing",)), None, None, "no question matches"),
        (Filter(), None, 1, "fits into 1 minutes"),
        (Filter(), 0, None, "a count of 0 leaves nothing"),
        (
            Filter(ids=("foundations/rare-klass",)),
            None,
            None,
            "did you mean foundations/rare-class",
        ),
    ],
)
def test_a_draw_of_nothing_says_why(
    bank: Bank, wanted: Filter, count: int | None, minutes: int | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        choose(bank, wanted, count, minutes, seed=1)


def test_drafts_are_asked_only_by_name_and_retired_questions_never(
    edit: Edit, bank_folder: Path
) -> None:
    edit(CHOICE, ("kind: choice", "kind: choice\nstatus: draft"))
    edit(NUMERIC, ("kind: numeric", "kind: numeric\nstatus: retired"))
    bank = load_bank([bank_folder])
    assert ids(bank, Filter()) == {"small-model", "two-steps"}
    assert ids(bank, Filter(ids=("foundations/rare-class",))) == {"rare-class"}
    with pytest.raises(UsageError, match="is retired"):
        choose(bank, Filter(ids=("inference-economics/daily-bill",)), None, None, 1)


def test_a_question_without_its_rubric_is_not_asked(edit: Edit, bank_folder: Path) -> None:
    edit(RUBRIC, ("format: 1", "format: 9"))
    bank = load_bank([bank_folder])
    assert ids(bank, Filter()) == {"daily-bill", "rare-class"}
    with pytest.raises(UsageError, match="missing or has problems"):
        choose(bank, Filter(ids=("model-choice/small-model",)), None, None, 1)
