"""Small packets."""

from typing import Any

from questionbank.packet import Packet

HASH = "sha256:" + "a" * 64


def pin(name: str, **changes: str) -> dict[str, str]:
    return {"id": name, "version": "1.0.0", "content": HASH, "structure": HASH} | changes


def item(name: str, minutes: int = 10) -> dict[str, Any]:
    strategy = name.partition("/")[0]
    return {
        "question": pin(name),
        "rubrics": [pin(name)],
        "strategy": strategy,
        "title": "A title: with #marks",
        "minutes": minutes,
    }


def packet(**changes: object) -> Packet:
    data: dict[str, object] = {
        "id": "any-1",
        "title": "Any",
        "seed": 1,
        "audience": ["engineer"],
        "level": "advanced",
        "minutes": 30,
        "competencies": [{"strategy": "a", "weight": 1}, {"strategy": "b", "weight": 1}],
        "items": [item("a/one"), item("b/one")],
    }
    return Packet.model_validate(data | changes)
