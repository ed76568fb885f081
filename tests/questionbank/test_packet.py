"""Packets: sound or refused, and the same after a trip through their file."""

from pathlib import Path

import pytest
from packets import HASH, item, packet
from pydantic import ValidationError

from questionbank.packet_source import (
    PacketError,
    parse_packet,
    read_packet,
    save_packet,
    write_packet,
)

WEIGHTS = [{"strategy": "a", "weight": 1}, {"strategy": "b", "weight": 2}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items": [item("a/one"), item("a/one"), item("b/one")]}, "asked twice: a/one"),
        ({"items": [item("a/one"), item("b/one"), item("c/one")]}, "not weighed: c"),
        ({"items": [item("a/one")]}, "weighed but not asked: b"),
        ({"competencies": [WEIGHTS[0], *WEIGHTS]}, "named twice: a"),
        ({"competencies": WEIGHTS}, "write why"),
        ({"minutes": 19}, "take 20 minutes, the interview has 19"),
        ({"seed": -1}, "greater than or equal"),
    ],
    ids=["twice", "unweighed", "unasked", "named-twice", "no-reason", "too-long", "seed"],
)
def test_an_unsound_packet_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        packet(**changes)


def test_unequal_weights_stand_with_their_reason() -> None:
    made = packet(competencies=WEIGHTS, weights_reason="She will choose the models.")
    assert not made.equal
    assert made.planned == 20


def test_a_packet_comes_back_from_its_file(tmp_path: Path) -> None:
    made = packet(
        blueprint={"id": "x/y", "version": "1.2.3"},
        competencies=WEIGHTS,
        weights_reason="yes: no\nand more",
        recommendation={"decline": 0.4, "advance": 0.7},
    )
    path = tmp_path / "packet.yaml"
    save_packet(made, path)
    back = read_packet(path)
    assert back == made
    assert back.content_hash == made.content_hash
    assert str(back.blueprint) == "x/y@1.2.3"


def test_json_is_read_too() -> None:
    made = packet()
    assert parse_packet(made.model_dump_json(), "p.json") == made


def test_another_order_is_another_packet() -> None:
    turned = packet(items=[item("b/one"), item("a/one")])
    assert turned.content_hash != packet().content_hash


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("format: 1", "format: 2", "p.yaml:2", "newer-format"),
        ("format: 1\n", "", "p.yaml:", "missing-format"),
        ("seed: 1", "seed: one", "p.yaml:5", "seed"),
        ("seed: 1", "seed: 1\nsurprise: 2", "p.yaml:6", "surprise"),
        ("minutes: 30", "minutes: 5", "p.yaml:", "take 20 minutes"),
        (HASH, "sha256:0", "p.yaml:", "content"),
    ],
    ids=["newer", "no-format", "type", "unknown", "time", "hash"],
)
def test_a_broken_file_is_named_with_its_line(old: str, new: str, place: str, words: str) -> None:
    text = write_packet(packet())
    assert old in text
    with pytest.raises(PacketError, match=words) as error:
        parse_packet(text.replace(old, new, 1), "p.yaml")
    assert str(error.value).startswith(place)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xff", "not UTF-8"),
        (b"title: \x1b[2J", "U\\+001B"),
        (b"- a", "wrong-type"),
        (b"", "wrong-type"),
    ],
    ids=["encoding", "escape", "list", "empty"],
)
def test_a_file_that_is_no_packet_is_refused(tmp_path: Path, raw: bytes, words: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(raw)
    with pytest.raises(PacketError, match=words):
        read_packet(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PacketError, match="not-a-file"):
        read_packet(tmp_path / "p.yaml")
