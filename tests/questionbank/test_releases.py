from collections.abc import Callable
from pathlib import Path

import pytest

from questionbank.bank import Bank, load_bank
from questionbank.document import DocumentKind
from questionbank.errors import ContentError, NotFoundError, UsageError
from questionbank.lock import LockError, VersionRef, lock_path, read_lock
from questionbank.release_plan import Bumped, PinMoved
from questionbank.releases import ReleaseReport, release, released_problems, unreleased

OPEN = "questions/model-choice/small-model.md"
NUMERIC = "questions/inference-economics/daily-bill.md"
RUBRIC = "rubrics/model-choice/small-model.yaml"
POINT = "rubrics/points/measures.yaml"

Edit = Callable[..., None]


@pytest.fixture
def edit(bank_folder: Path) -> Edit:
    def change(name: str, old: str, new: str, count: int = 1) -> None:
        path = bank_folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, count), encoding="utf-8")

    return change


@pytest.fixture
def released(bank_folder: Path) -> Path:
    """The small bank with everything in it released."""
    release(load(bank_folder), bank_folder)
    return bank_folder


def load(*roots: Path) -> Bank:
    return load_bank(roots, near=roots[-1])


def again(root: Path, *ids: str, dry_run: bool = False, bump: bool = False) -> ReleaseReport:
    return release(load(root), root, ids=ids, dry_run=dry_run, bump=bump)


def names(refs: tuple[VersionRef, ...] | list[VersionRef]) -> list[str]:
    return [str(ref) for ref in refs]


def problems(root: Path) -> list[tuple[str, int, str]]:
    return [(p.path, p.line, p.code) for p in released_problems(load(root))]


def everything(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


ALL = [
    "point measures@1.0.0",
    "question foundations/rare-class@1.0.0",
    "question inference-economics/daily-bill@1.0.0",
    "question model-choice/small-model@1.0.0",
    "question model-choice/two-steps@1.0.0",
    "rubric model-choice/small-model@1.0.0",
]


# What is released


def test_a_release_records_every_question_with_its_rubric_and_points(bank_folder: Path) -> None:
    bank = load(bank_folder)
    assert names(unreleased(bank)) == ALL
    before = everything(bank_folder)

    report = release(bank, bank_folder)

    assert names(report.released) == ALL
    assert report.lock == bank_folder / "questions" / "release.lock"
    lock = read_lock(bank_folder)
    question = bank.questions["model-choice/small-model"]
    rubric = bank.rubrics["model-choice/small-model"]
    for ref, record in (
        (question.ref, question),
        (VersionRef(kind=DocumentKind.RUBRIC, id=rubric.id, version="1.0.0"), rubric),
    ):
        kind = DocumentKind.RUBRIC if record is rubric else DocumentKind.QUESTION
        entry = lock.entries[VersionRef(kind=kind, id=ref.id, version=ref.version)]
        assert entry.content == record.content_hash
        assert entry.structure == record.structure_hash
    assert {k: v for k, v in everything(bank_folder).items() if "lock" not in k} == before
    assert unreleased(load(bank_folder)) == []


def test_a_second_release_has_nothing_to_do_and_writes_nothing(released: Path) -> None:
    before = lock_path(released).stat().st_mtime_ns

    report = again(released)

    assert (report.released, report.bumped, report.pins) == ((), (), ())
    assert lock_path(released).stat().st_mtime_ns == before


def test_a_dry_run_says_all_and_writes_nothing(released: Path, edit: Edit) -> None:
    edit(POINT, "probe: How would", "probe: Just how would")
    before = everything(released)

    report = again(released, dry_run=True, bump=True)

    assert report.dry_run
    assert names(report.released) == [
        "point measures@1.0.1",
        "rubric model-choice/small-model@1.0.1",
    ]
    assert everything(released) == before


def test_drafts_wait_and_so_does_what_only_drafts_use(bank_folder: Path, edit: Edit) -> None:
    for name in (OPEN, "questions/model-choice/two-steps.md"):
        edit(name, "version: 1.0.0", "version: 1.0.0\nstatus: draft")

    assert names(again(bank_folder).released) == [ALL[1], ALL[2]]


def test_retired_questions_are_recorded(bank_folder: Path, edit: Edit) -> None:
    edit(OPEN, "version: 1.0.0", "version: 1.0.0\nstatus: retired")

    assert names(again(bank_folder).released) == ALL


def test_a_retirement_and_a_deletion_need_no_new_version(released: Path, edit: Edit) -> None:
    edit(OPEN, "version: 1.0.0", "version: 1.0.0\nstatus: retired")
    (released / NUMERIC).unlink()

    assert problems(released) == []
    assert again(released).released == ()


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["inference-economics/daily-bill"], [ALL[2]]),
        (["model-choice/two-steps"], [ALL[0], ALL[4], ALL[5]]),
        (["model-choice/small-model"], [ALL[0], ALL[3], ALL[5]]),
        (["measures"], [ALL[0]]),
    ],
)
def test_named_ones_are_released_with_what_they_rest_on(
    bank_folder: Path, ids: list[str], expected: list[str]
) -> None:
    assert names(again(bank_folder, *ids).released) == expected


def test_an_unknown_id_is_not_found(bank_folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no question, rubric or shared point 'no/such'"):
        again(bank_folder, "no/such")


def test_a_draft_is_not_released_by_its_name(bank_folder: Path, edit: Edit) -> None:
    edit(NUMERIC, "version: 1.0.0", "version: 1.0.0\nstatus: draft")

    with pytest.raises(UsageError, match="it is a draft"):
        again(bank_folder, "inference-economics/daily-bill")


# What stands in the way


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        (OPEN, "level: beginner", "level: easy", "invalid-value"),
        (NUMERIC, "formula: requests * price /", "formula: requests * prize /", "bad-formula"),
    ],
)
def test_a_bank_with_problems_is_not_released(
    bank_folder: Path, edit: Edit, name: str, old: str, new: str, code: str
) -> None:
    edit(name, old, new)

    with pytest.raises(ContentError) as raised:
        again(bank_folder)

    assert [problem.code for problem in raised.value.problems] == [code]
    assert not lock_path(bank_folder).exists()


def test_only_the_uppermost_bank_is_released(bank_folder: Path, tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    for name in ("questions", "rubrics"):
        (upper / name).mkdir(parents=True)
    bank = load(bank_folder, upper)

    with pytest.raises(UsageError, match="not the uppermost"):
        release(bank, bank_folder)

    assert release(bank, upper).released == ()


def test_each_bank_is_judged_by_its_own_lock(
    released: Path, bank_files: dict[str, str], tmp_path: Path
) -> None:
    upper = tmp_path / "upper"
    for name in (OPEN, NUMERIC):
        path = upper / name
        path.parent.mkdir(parents=True)
        path.write_text(bank_files[name], encoding="utf-8")
    (upper / "rubrics").mkdir()
    path = upper / OPEN
    path.write_text(path.read_text().replace("how would", "just how would"))
    bank = load(released, upper)

    assert released_problems(bank) == []
    assert names(unreleased(bank)) == [ALL[2], ALL[3]]
    assert names(release(bank, upper).released) == [ALL[2], ALL[3]]
    assert len(read_lock(released).entries) == len(ALL)


def test_a_broken_lock_is_a_problem_for_check_and_stops_a_release(released: Path) -> None:
    lock_path(released).write_text('{\n"format": 99}')

    (problem,) = released_problems(load(released))
    assert (problem.path, problem.line) == ("questions/release.lock", 2)
    assert (problem.code, "newer questionbank" in problem.message) == ("release-lock", True)
    with pytest.raises(LockError, match="line 2"):
        again(released)
    with pytest.raises(LockError, match="line 2"):
        unreleased(load(released))


def test_a_broken_lock_of_an_empty_bank_is_named_in_full(tmp_path: Path) -> None:
    (tmp_path / "rubrics").mkdir()
    lock_path(tmp_path).parent.mkdir()
    lock_path(tmp_path).write_text("{")

    (problem,) = released_problems(load(tmp_path))

    assert problem.path == str(lock_path(tmp_path))


def test_a_broken_lock_is_named_in_full_without_a_folder_to_name_it_from(released: Path) -> None:
    lock_path(released).write_text("{")

    (problem,) = released_problems(load_bank([released]))

    assert problem.path == str(lock_path(released))


def test_a_folder_that_cannot_be_written_is_a_usage_error(
    bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    bank = load(bank_folder)
    monkeypatch.setattr("os.open", refuse)

    with pytest.raises(UsageError, match=r"release\.lock cannot be written: Permission denied"):
        release(bank, bank_folder)


def test_a_lock_that_reads_back_differently_is_noticed(
    bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("questionbank.releases.write_files", lambda *_: None)

    with pytest.raises(UsageError, match="does not read back"):
        again(bank_folder)


# Edits without a new version


@pytest.mark.parametrize(
    ("name", "line", "old", "new", "says"),
    [
        (OPEN, 4, "- Own experience.", "- A book.", "wording of question model-choice/small-mo"),
        (OPEN, 4, "how would you choose", "how do you choose", "scoring of question"),
        (NUMERIC, 4, "relative: 0.01", "relative: 0.02", "scoring of question"),
        (RUBRIC, 3, "What would each cost?", "What does each cost?", "wording of rubric"),
        (RUBRIC, 3, "cost decides", "the cost decides", "scoring of rubric"),
        (POINT, 3, "title: Measures", "title: Measure", "wording of point measures@1.0.0"),
        (POINT, 3, "Run each", "Just run each", "scoring of point"),
    ],
)
def test_an_edit_without_a_new_version_is_reported(
    released: Path, edit: Edit, name: str, line: int, old: str, new: str, says: str
) -> None:
    edit(name, old, new)

    (problem,) = released_problems(load(released))

    assert (problem.path, problem.line, problem.code) == (name, line, "edited-without-version")
    assert says in problem.message
    following = "1.1.0" if says.startswith("scoring") else "1.0.1"
    assert f"write `version: {following}`" in problem.message


def test_a_release_refuses_to_rewrite_a_version(released: Path, edit: Edit) -> None:
    edit(OPEN, "how would you choose", "how do you choose")
    edit(NUMERIC, "minutes: 3", "minutes: 4")
    before = everything(released)

    with pytest.raises(ContentError) as raised:
        again(released)

    assert [problem.path for problem in raised.value.problems] == [NUMERIC, OPEN]
    assert everything(released) == before


def test_an_edit_elsewhere_does_not_stop_a_named_release(released: Path, edit: Edit) -> None:
    edit(OPEN, "how would you choose", "how do you choose")
    edit(NUMERIC, "version: 1.0.0", "version: 2.0.0")

    report = again(released, "inference-economics/daily-bill")

    assert names(report.released) == ["question inference-economics/daily-bill@2.0.0"]


def test_a_new_version_by_the_author_is_recorded_beside_the_old(released: Path, edit: Edit) -> None:
    edit(OPEN, "how would you choose", "how do you choose")
    edit(OPEN, "version: 1.0.0", "version: 2.0.0")
    old = read_lock(released).entries

    assert problems(released) == []
    assert names(again(released).released) == ["question model-choice/small-model@2.0.0"]
    entries = read_lock(released).entries
    assert len(entries) == len(old) + 1
    assert old.items() <= entries.items()


@pytest.mark.parametrize(
    ("change", "write"), [(None, "1.1.0"), ("topics: [eval]", "1.1.1"), ("kind", "1.2.0")]
)
def test_a_version_that_goes_back_is_reported_with_the_right_one(
    released: Path, edit: Edit, change: str | None, write: str
) -> None:
    edit(OPEN, "version: 1.0.0", "version: 1.1.0")
    again(released)
    edit(OPEN, "version: 1.1.0", "version: 1.0.0")
    if change == "kind":
        edit(OPEN, "how would you choose", "how do you choose")
    elif change:
        edit(OPEN, "topics: [cost, evaluation]", change)

    (problem,) = released_problems(load(released))

    assert (problem.path, problem.line, problem.code) == (OPEN, 4, "version-went-back")
    assert problem.message.endswith(f"write `version: {write}`")
    with pytest.raises(ContentError):
        again(released, bump=True)


# Bumping


@pytest.mark.parametrize(
    ("name", "old", "new", "ref", "scoring"),
    [
        (OPEN, "- Own experience.", "- A book.", "question model-choice/small-model@1.0.1", False),
        (OPEN, "how would", "how could", "question model-choice/small-model@1.1.0", True),
        (
            RUBRIC,
            "What would each",
            "What does each",
            "rubric model-choice/small-model@1.0.1",
            False,
        ),
        (RUBRIC, "weight: 2", "weight: 3", "rubric model-choice/small-model@1.1.0", True),
    ],
)
def test_bump_writes_the_next_version_and_touches_nothing_else(
    released: Path, edit: Edit, name: str, old: str, new: str, ref: str, scoring: bool
) -> None:
    edit(name, old, new)
    edit(name, "version: 1.0.0", 'version:   "1.0.0"  # kept')
    before = (released / name).read_bytes()

    report = again(released, bump=True)

    version = ref.partition("@")[2]
    assert names(report.released) == [ref]
    assert [(str(b.ref), b.old, b.scoring, b.path) for b in report.bumped] == [
        (ref, "1.0.0", scoring, name)
    ]
    after = before.replace(b'version:   "1.0.0"', f'version:   "{version}"'.encode(), 1)
    assert (released / name).read_bytes() == after
    assert problems(released) == []


def test_bump_keeps_byte_order_mark_and_line_ends(released: Path) -> None:
    path = released / OPEN
    text = path.read_text(encoding="utf-8").replace("minutes: 4", "minutes: 5")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    before = path.read_bytes()

    again(released, bump=True)

    assert path.read_bytes() == before.replace(b"version: 1.0.0", b"version: 1.0.1", 1)


@pytest.mark.parametrize("written", ["version:\n  1.0.0", "? version\n: 1.0.0"])
def test_a_version_line_that_is_not_plain_is_left_to_the_author(
    released: Path, edit: Edit, written: str
) -> None:
    edit(OPEN, "version: 1.0.0", written)
    edit(OPEN, "minutes: 4", "minutes: 5")
    before = everything(released)

    with pytest.raises(ContentError) as raised:
        again(released, bump=True)

    (problem,) = raised.value.problems
    assert (problem.path, problem.line, problem.code) == (OPEN, 4, "cannot-edit")
    assert "write `version: 1.0.1` here" in problem.message
    assert everything(released) == before


@pytest.mark.parametrize("name", [OPEN, RUBRIC, POINT])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("title: ", "title: New ", 1),
        lambda text: text.replace("large one", "huge one").replace("probe: ", "probe: New "),
        lambda text: text.replace("title:", "titel:", 1),
        lambda text: text.replace("title", "\udcff", 1),
        None,
    ],
)
def test_a_file_changed_after_reading_is_not_overwritten(
    released: Path, edit: Edit, name: str, change: Callable[[str], str] | None
) -> None:
    marks = {OPEN: ("minutes: 4", "minutes: 5"), RUBRIC: ("Weighs", "Weigh"), POINT: ("own", "our")}
    edit(name, *marks[name])
    bank = load(released)
    path = released / name
    if change:
        path.write_bytes(
            change(path.read_text(encoding="utf-8")).encode("utf-8", "surrogateescape")
        )
    else:
        path.unlink()
    before = everything(released)

    with pytest.raises(ContentError):
        release(bank, released, bump=True)

    assert everything(released) == before


# Shared points


def test_an_edited_point_is_reported_in_its_file_only(released: Path, edit: Edit) -> None:
    edit(POINT, "Run each", "Just run each")

    assert problems(released) == [(POINT, 3, "edited-without-version")]


def test_a_rubric_edited_beside_its_point_is_reported_once_the_point_is_mended(
    released: Path, edit: Edit
) -> None:
    edit(POINT, "Run each", "Just run each")
    edit(RUBRIC, "weight: 2", "weight: 3")
    assert problems(released) == [(POINT, 3, "edited-without-version")]

    edit(POINT, "Just run each", "Run each")

    assert problems(released) == [(RUBRIC, 3, "edited-without-version")]


@pytest.mark.parametrize(
    ("old", "new", "point", "rubric"),
    [
        ("Run each", "Just run each", "1.1.0", "1.1.0"),
        ("probe: How", "probe: So how", "1.0.1", "1.0.1"),
    ],
)
def test_bumping_a_point_bumps_the_rubrics_that_pin_it(
    released: Path, edit: Edit, old: str, new: str, point: str, rubric: str
) -> None:
    edit(POINT, old, new)

    report = again(released, bump=True)

    assert names(report.released) == [
        f"point measures@{point}",
        f"rubric model-choice/small-model@{rubric}",
    ]
    assert [(str(b.ref), b.scoring) for b in report.bumped] == [
        (f"point measures@{point}", point == "1.1.0"),
        (f"rubric model-choice/small-model@{rubric}", rubric == "1.1.0"),
    ]
    text = (released / RUBRIC).read_text()
    assert f"use: measures@{point}\n" in text
    assert f"version: {rubric}\n" in text
    assert problems(released) == []
    assert load(released).problems == []


def test_a_new_version_of_a_point_is_taken_over_without_bump(released: Path, edit: Edit) -> None:
    edit(POINT, "version: 1.0.0", "version: 2.0.0")
    assert [p.code for p in load(released).problems] == ["stale-pin"]

    report = again(released)

    assert report.pins == (
        PinMoved(
            rubric="model-choice/small-model",
            old="measures@1.0.0",
            new="measures@2.0.0",
            path=RUBRIC,
        ),
    )
    assert [(b.old, b.scoring) for b in report.bumped] == [("1.0.0", False)]
    assert names(report.released) == [
        "point measures@2.0.0",
        "rubric model-choice/small-model@1.0.1",
    ]
    assert again(released).released == ()


def test_taking_over_a_point_needs_no_version_where_none_was_released(
    bank_folder: Path, edit: Edit
) -> None:
    edit(POINT, "version: 1.0.0", "version: 1.2.0")

    report = again(bank_folder)

    assert [move.new for move in report.pins] == ["measures@1.2.0"]
    assert report.bumped == ()
    assert "rubric model-choice/small-model@1.0.0" in names(report.released)


def test_a_rubric_that_already_has_a_new_version_keeps_it(released: Path, edit: Edit) -> None:
    edit(POINT, "version: 1.0.0", "version: 1.2.0")
    edit(RUBRIC, "version: 1.0.0", "version: 3.0.0")

    report = again(released)

    assert report.bumped == ()
    assert "rubric model-choice/small-model@3.0.0" in names(report.released)


def test_a_named_release_moves_pins_elsewhere_but_does_not_record_them(
    released: Path, edit: Edit
) -> None:
    edit(POINT, "version: 1.0.0", "version: 1.2.0")

    report = again(released, "inference-economics/daily-bill")

    assert len(report.pins) == 1
    assert [str(b.ref) for b in report.bumped] == ["rubric model-choice/small-model@1.0.1"]
    assert report.released == ()
    assert names(unreleased(load(released))) == [
        "point measures@1.2.0",
        "rubric model-choice/small-model@1.0.1",
    ]


@pytest.mark.parametrize("pin", ["measures@1.5.0", "measures@one", "measures"])
def test_a_pin_that_is_not_older_is_left_to_the_author(
    released: Path, edit: Edit, pin: str
) -> None:
    edit(RUBRIC, "measures@1.0.0", pin)
    before = everything(released)

    with pytest.raises(ContentError) as raised:
        again(released, bump=True)

    assert {problem.path for problem in raised.value.problems} == {RUBRIC}
    assert everything(released) == before


def test_a_rubric_whose_version_went_back_is_not_moved_on(released: Path, edit: Edit) -> None:
    edit(RUBRIC, "version: 1.0.0", "version: 1.1.0")
    again(released)
    edit(RUBRIC, "version: 1.1.0", "version: 1.0.0")
    edit(POINT, "version: 1.0.0", "version: 1.2.0")
    before = everything(released)

    with pytest.raises(ContentError) as raised:
        again(released)

    assert [problem.code for problem in raised.value.problems] == ["version-went-back"]
    assert everything(released) == before


def test_a_rubric_is_checked_again_after_its_pin_has_moved(released: Path, edit: Edit) -> None:
    edit(POINT, "version: 1.0.0", "version: 1.2.0")
    good = "- Running the big one is far dearer, so cost decides.\n"
    edit(RUBRIC, good, good + "      - running the big one is far dearer so cost decides!\n")

    with pytest.raises(ContentError) as raised:
        again(released)

    assert [(p.path, p.line, p.code) for p in raised.value.problems] == [
        (RUBRIC, 13, "duplicate-exemplar")
    ]


def test_a_pin_that_is_not_plain_is_left_to_the_author(released: Path, edit: Edit) -> None:
    edit(RUBRIC, "use: measures@1.0.0", "use:\n      measures@1.0.0")
    edit(POINT, "version: 1.0.0", "version: 1.2.0")

    with pytest.raises(ContentError, match=r"write `use: measures@1\.2\.0` here"):
        again(released)


def test_a_stale_pin_in_a_lower_bank_stops_the_release(
    released: Path, edit: Edit, tmp_path: Path
) -> None:
    edit(POINT, "version: 1.0.0", "version: 1.2.0")
    upper = tmp_path / "upper"
    for name in ("questions", "rubrics"):
        (upper / name).mkdir(parents=True)

    with pytest.raises(ContentError, match="stale-pin"):
        release(load(released, upper), upper)


def test_a_draft_rubric_with_a_stale_pin_is_moved_but_not_recorded(
    released: Path, edit: Edit
) -> None:
    for name in (OPEN, "questions/model-choice/two-steps.md"):
        edit(name, "version: 1.0.0", "version: 1.0.0\nstatus: draft")
    edit(POINT, "version: 1.0.0", "version: 1.2.0")

    report = again(released)

    assert (len(report.pins), report.released) == (1, ())
    assert isinstance(report.bumped[0], Bumped)
