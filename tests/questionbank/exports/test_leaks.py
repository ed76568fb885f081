"""What a candidate gets tells no answer; and the finder of leaks finds what is planted."""

import io
import sqlite3
import zipfile
from pathlib import Path

import pytest
from exchanging import decoded, exported, leaks

from questionbank.bank import Bank, load_bank
from questionbank.exports import FORMATS, Build, item

ROOT = Path(__file__).parents[3]
PLANTED = "compares what each model costs to run"
"""The description of a point of the small bank."""


@pytest.fixture(scope="module")
def shipped() -> Bank:
    return load_bank([ROOT])


@pytest.fixture
def small(bank_folder: Path) -> Bank:
    path = bank_folder / "questions/inference-economics/daily-bill.md"
    path.write_text(path.read_text().replace("relative: 0.01", "absolute: 0.04321"))
    rubric = bank_folder / "rubrics/model-choice/small-model.yaml"
    rubric.write_text(rubric.read_text().replace("weight: 2", "weight: 7.25"))
    choice = bank_folder / "questions/foundations/rare-class.md"
    choice.write_text(choice.read_text().replace("minutes: 2", "minutes: 2\npoints: 6.5"))
    return load_bank([bank_folder])


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_secret_of_the_bank_stands_in_a_candidates_file(name: str, shipped: Bank) -> None:
    assert leaks(exported(shipped, name, Build.CANDIDATE).content, shipped) == set()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_authors_file_holds_secrets_so_the_finder_can_find_them(
    name: str, shipped: Bank
) -> None:
    assert len(leaks(exported(shipped, name).content, shipped)) > 20


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_weights_tolerances_points_and_right_answers_stay_behind(name: str, small: Bank) -> None:
    assert small.problems == []
    found = decoded(exported(small, name, Build.CANDIDATE).content)
    assert leaks(exported(small, name, Build.CANDIDATE).content, small) == set()
    for secret in ("7.25", "6.5", "0.04321", "weight", "requests * price", "qti-correct"):
        assert secret not in found.replace("font-weight", ""), secret
    assert 'fraction="100"' not in found
    assert '"correct"' not in found
    assert "%100%" not in found
    assert "Accuracy" in found
    assert "A small model or a large one" in found


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_build_that_forgets_to_leave_out_is_caught(
    name: str, small: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = item._for_candidates

    def forgetful(whole: item.Item) -> item.Item:
        return real(whole).model_copy(update={"prompt": f"{whole.prompt}\n\n{PLANTED}"})

    monkeypatch.setattr(item, "_for_candidates", forgetful)
    assert PLANTED in leaks(exported(small, name, Build.CANDIDATE).content, small)


def _with_comment(archive: zipfile.ZipFile) -> None:
    archive.comment = PLANTED.encode()


def _with_name(archive: zipfile.ZipFile) -> None:
    archive.writestr(f"items/{PLANTED}.xml", "")


def _with_escapes(archive: zipfile.ZipFile) -> None:
    spelled = "".join(f"&#{ord(letter)};" for letter in PLANTED)
    archive.writestr("items/x.xml", f"<!-- {spelled} -->")


def _with_database(archive: zipfile.ZipFile) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("create table hidden (cell)")
    database.execute("insert into hidden values (?)", (PLANTED,))
    database.commit()
    archive.writestr("collection.anki2", database.serialize())
    database.close()


@pytest.mark.parametrize(
    "plant", [_with_comment, _with_name, _with_escapes, _with_database], ids=lambda f: f.__name__
)
def test_the_finder_looks_into_every_corner(plant: object, small: Bank) -> None:
    stream = io.BytesIO(exported(small, "qti3", Build.CANDIDATE).content)
    with zipfile.ZipFile(stream, "a") as archive:
        plant(archive)  # type: ignore[operator]
    assert leaks(stream.getvalue(), small) == {PLANTED}


def test_a_candidates_question_file_names_no_topic_for_topics_name_the_answer(small: Bank) -> None:
    for name in FORMATS:
        found = decoded(exported(small, name, Build.CANDIDATE).content)
        assert "evaluation" not in found.replace("external_evaluation", ""), name
