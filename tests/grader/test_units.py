import pytest

from grader.units import Kind, clauses, read_units


def test_an_answer_is_read_in_claims_pairs_and_clauses() -> None:
    long = "I would run a test first, because nobody knows what it does here."
    units = read_units([long, "Then decide.", "And write it down."])
    assert [(unit.first, unit.last, unit.kind) for unit in units] == [
        (0, 0, Kind.CLAIM),
        (1, 1, Kind.CLAIM),
        (2, 2, Kind.CLAIM),
        (0, 1, Kind.PAIR),
        (1, 2, Kind.PAIR),
        (0, 0, Kind.CLAUSE),
        (0, 0, Kind.CLAUSE),
    ]
    assert units[4].text == "Then decide. And write it down."


def test_nothing_written_has_no_units_and_one_claim_no_pairs() -> None:
    assert read_units([]) == ()
    assert [unit.kind for unit in read_units(["Decide."])] == [Kind.CLAIM]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("one plain claim without any joint", ()),
        ("ask the users first, but do not wait for them", True),
        ("I ask the users first but I do not wait", True),
        ("too short, but fine", ()),
        ("measure it on our data; then compare the two models", True),
        (", ,", ()),
    ],
)
def test_clauses_are_split_where_they_can_stand_alone(claim: str, expected: object) -> None:
    parts = clauses(claim)
    assert (len(parts) >= 2) is bool(expected)
    assert all(len(part.split()) >= 4 for part in parts[:-1])


def test_no_word_is_lost_between_clauses() -> None:
    claim = "I would test it, because they may be wrong, and then we decide: buy or build it."
    kept = " ".join(clauses(claim)).replace(".", "").split()
    assert kept == claim.replace(",", "").replace(":", "").replace(".", "").split()
