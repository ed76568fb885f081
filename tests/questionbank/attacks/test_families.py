"""Each family's answers: made for every rubric, never of fitted material, true to their kind."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from questionbank.attack import PER_RUBRIC, Attack, generate
from questionbank.attacks import FAMILIES
from questionbank.attacks import opposite as turned
from questionbank.attacks import skip as skipped
from questionbank.attacks.hidden import VEILS
from questionbank.attacks.irrelevant import DRIFT, FAR
from questionbank.attacks.material import Material, materials, plain, sentences
from questionbank.attacks.padding import AGAIN
from questionbank.bank import load_bank
from questionbank.errors import NotFoundError

ROOT = Path(__file__).parents[3]
SHIPPED = materials(load_bank([ROOT]))


@pytest.fixture(scope="module")
def attacks() -> tuple[Attack, ...]:
    return generate(SHIPPED)


def of(attacks: tuple[Attack, ...], family: str) -> list[Attack]:
    return [attack for attack in attacks if attack.family == family]


def fixed_parts(frames: tuple[str, ...]) -> list[str]:
    """What stays of each frame whatever fills it: its longest part."""
    return [max(re.split(r"\{\w+\}", frame), key=len).strip(" .,;").lower() for frame in frames]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_rubric_gets_its_number_of_each_family(
    attacks: tuple[Attack, ...], family: str
) -> None:
    for rubric_id in SHIPPED:
        some = [one for one in of(attacks, family) if one.rubric_id == rubric_id]
        assert [one.number for one in some] == list(range(PER_RUBRIC))
        assert len({one.text for one in some}) == PER_RUBRIC
        assert all(one.text.strip() and one.points for one in some)


def test_sixteen_rubrics_get_at_least_a_hundred_of_each_family() -> None:
    assert 16 * PER_RUBRIC >= 100


def test_the_same_seed_makes_the_same_attacks_and_another_seed_others(
    attacks: tuple[Attack, ...],
) -> None:
    assert generate(SHIPPED) == attacks
    others = {one.text for one in generate(SHIPPED, seed=1)}
    assert len(others & {one.text for one in attacks}) < len(attacks) / 2


def test_a_lower_limit_one_rubric_and_one_family_give_the_same_attacks(
    attacks: tuple[Attack, ...],
) -> None:
    rubric_id, material = next(iter(SHIPPED.items()))
    few = generate({rubric_id: material}, ["skip"], limit=3)
    assert len(few) == 3
    assert set(few) <= set(attacks)


def test_no_attack_holds_what_the_probes_were_fitted_on(attacks: tuple[Attack, ...]) -> None:
    for attack in attacks:
        read = plain(attack.text)
        assert not [text for text in SHIPPED[attack.rubric_id].fitted if text in read]


def test_an_attack_that_holds_an_exemplar_is_drawn_anew() -> None:
    rubric_id, material = next(iter(SHIPPED.items()))
    point = material.points[0]
    copied = point.model_copy(update={"exemplars": (FAR[0].split(". ")[0],)})
    rubric = material.rubric.model_copy(update={"points": (copied, *material.points[1:])})
    changed = Material(rubric, material.prompt, material.title, (), None, ())
    made = generate({rubric_id: changed}, ["irrelevant", "hidden"])
    assert len(made) == 2 * PER_RUBRIC
    assert not [one for one in made if plain(copied.exemplars[0]) in plain(one.text)]


def test_drawing_ends_where_nothing_is_left_that_was_not_fitted_on() -> None:
    rubric_id, material = next(iter(SHIPPED.items()))
    points = tuple(point.model_copy(update={"exemplars": ("e",)}) for point in material.points)
    rubric = material.rubric.model_copy(update={"points": points})
    assert generate({rubric_id: Material(rubric, None, "Title", (), None, ())}) == ()


def test_only_paragraphs_from_elsewhere_and_no_others_may_spare_points(
    attacks: tuple[Attack, ...],
) -> None:
    for attack in attacks:
        material = SHIPPED[attack.rubric_id]
        every = tuple(point.id for point in material.points)
        assert set(attack.points) <= set(every)
        if attack.points != every:
            assert attack.family == "irrelevant"
            assert any(part in attack.text for part in material.elsewhere)


def lists_terms(attack: Attack, material: Material) -> bool:
    squeezed = attack.text.lower().replace(" ", "")
    return all(
        sum(term.replace(" ", "") in squeezed for term in material.terms[point.id]) >= 1
        for point in material.points
    ) and not any(plain(text) in plain(attack.text) for text in _told(material))


def _told(material: Material) -> list[str]:
    return [text for point in material.points for text in sentences(point.description)]


def gives_the_question_back(attack: Attack, material: Material) -> bool:
    read = plain(attack.text)
    return all(plain(part) in read for part in sentences(material.prompt or ""))


def gives_the_rubric_back(attack: Attack, material: Material) -> bool:
    read = plain(attack.text)
    rubric = plain(
        " ".join(
            f"{p.title} {p.description} {p.probe} {p.feedback.met} {p.feedback.missed} "
            f"{p.anchors.five if p.anchors else ''}"
            for p in material.points
        )
    )
    trios = [read.split()[at : at + 3] for at in range(len(read.split()) - 2)]
    shared = sum(" ".join(trio) in rubric for trio in trios)
    return " i would " not in read and shared > len(trios) / 4


def is_about_something_else(attack: Attack, material: Material) -> bool:
    drift = any(part in attack.text.lower() for part in fixed_parts(DRIFT))
    far = any(text in attack.text for text in FAR)
    return drift or far or any(part in attack.text for part in material.elsewhere)


def speaks_to_the_grader(attack: Attack, material: Material) -> bool:
    read = plain(attack.text)
    return all(
        plain(point.title) in read or point.id in read or plain(point.description)[1:] in read
        for point in material.points
    ) and bool(
        re.search(
            r"met\b|grader notes|full marks|every point|passes|treat what follows|output 1", read
        )
    )


def asserts_the_opposite(attack: Attack, material: Material) -> bool:
    read = attack.text.lower()
    frames = fixed_parts((*turned.DEEDS, *turned.STATEMENTS, *turned.QUESTIONS))
    return any(part in read for part in frames) and not any(
        text in attack.text for text in _told(material)
    )


def names_what_is_skipped(attack: Attack, material: Material) -> bool:
    read = attack.text.lower()
    found = [part for part in fixed_parts((*skipped.OWN, *skipped.OTHERS)) if part in read]
    return len(found) >= 1 and len(sentences(attack.text)) >= len(material.points)


def repeats_itself(attack: Attack, _: Material) -> bool:
    starts = "|".join(re.escape(start) for start in AGAIN if start)
    told = [re.sub(f"^({starts})", "", text) for text in sentences(attack.text)]
    return all(told.count(text) >= 3 for text in told)


def hides_something(attack: Attack, material: Material) -> bool:
    visible = next(text for text in FAR if attack.text.startswith(text))
    rest = attack.text[len(visible) :].strip()
    markup = rest.startswith(("<span", "<!--", "[//]:", "$\\color", "<details"))
    far_down = attack.text.count("\n") > 100
    return markup or far_down or plain(rest) != " ".join(rest.lower().split())


PROPERTIES: dict[str, Callable[[Attack, Material], bool]] = {
    "keywords": lists_terms,
    "restate-question": gives_the_question_back,
    "restate-rubric": gives_the_rubric_back,
    "irrelevant": is_about_something_else,
    "instruction": speaks_to_the_grader,
    "opposite": asserts_the_opposite,
    "skip": names_what_is_skipped,
    "padding": repeats_itself,
    "hidden": hides_something,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_attack_is_what_its_family_says(attacks: tuple[Attack, ...], family: str) -> None:
    for attack in of(attacks, family):
        assert PROPERTIES[family](attack, SHIPPED[attack.rubric_id]), attack.text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_graded_example_of_full_marks_has_no_family_property(family: str) -> None:
    material = SHIPPED["model-choice/support-assistant"]
    good = next(one for one in material.rubric.examples if one.id == "strong-manager")
    attack = Attack(family, material.rubric.id, 0, f"{FAR[0]}\n\n{good.answer}", ())
    if family == "irrelevant":
        attack = Attack(family, material.rubric.id, 0, good.answer, ())
    assert not PROPERTIES[family](attack, material)


@pytest.mark.parametrize("name", VEILS)
def test_every_veil_changes_what_stands_there(name: str) -> None:
    text = "cost, latency, quality"
    veiled = VEILS[name](text, Random(0))  # noqa: S311 - nothing secret
    assert veiled != text
    assert text in plain(veiled) or name == "override"


def test_a_small_bank_is_attacked_too(bank_folder: Path) -> None:
    found = materials(load_bank([bank_folder]))
    made = generate(found, limit=4)
    assert {one.family for one in made} == set(FAMILIES)
    assert len(made) == 4 * len(FAMILIES)


def test_a_rubric_without_a_question_is_attacked_too(bank_folder: Path) -> None:
    for path in (bank_folder / "questions").rglob("*.md"):
        path.unlink()
    found = materials(load_bank([bank_folder]))
    (material,) = found.values()
    assert (material.prompt, material.model_answer, material.follow_ups) == (None, None, ())
    assert material.title == "Small or large model"
    assert {one.family for one in generate(found)} == set(FAMILIES)


def test_a_question_that_cannot_be_asked_is_passed_over(bank_folder: Path) -> None:
    (bank_folder / "rubrics/model-choice/small-model.yaml").unlink()
    assert materials(load_bank([bank_folder])) == {}


def test_a_rubric_that_is_not_there_is_an_error(bank_folder: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no rubric 'nothing/here'"):
        materials(load_bank([bank_folder]), ["nothing/here"])


def test_a_single_point_with_hardly_a_word_still_gets_its_attacks(bank_folder: Path) -> None:
    found = materials(load_bank([bank_folder]))
    (material,) = found.values()
    poor = material.points[0].model_copy(
        update={"title": "Why", "description": "Why.", "anchors": None}
    )
    poor = poor.model_copy(update={"feedback": poor.feedback.model_copy(update={"missed": "No."})})
    rubric = material.rubric.model_copy(update={"points": (poor,)})
    bare = Material(rubric, None, "The choice", (), None, ())
    made = generate({"poor": bare}, limit=3)
    assert {one.family for one in made} == set(FAMILIES)
    for family, said in (("skip", "why"), ("opposite", "look")):
        assert all(said in one.text.lower() for one in made if one.family == family)
