"""A small network that reads an answer beside its references word by word.

Each word vector is projected, and held against the other side's words by soft alignment; what it
meets is compared, weighted by a learnt importance, and summed (decomposable attention, Parikh et
al. 2016, with the question's words as a third party). Both directions and the features of
`reference_features` make one log-odds. Several members differ in their random start; their
log-odds are averaged. This file only runs them; `reference_training` makes them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from grader.errors import CalibrationError
from grader.passage import Passage
from grader.probe import Floats

MAX_BYTES = 1_000_000
ANSWER_TOKENS, REFERENCE_TOKENS, QUESTION_TOKENS = 128, 160, 100
"""Tokens that are read of each; of several references, one behind the other."""
SPREAD = 8.0
"""Makes products of unit vectors as large as the other inputs."""
IMPORTANCE_SPREAD = 4.0
SMOOTHING = 0.3
"""Importance that belongs to no word."""
PARTS = (
    "project",
    "sharpness",
    "importance.weight",
    "importance.bias",
    "answer.weight",
    "answer.bias",
    "reference.weight",
    "reference.bias",
    "hidden.weight",
    "hidden.bias",
    "out.weight",
    "out.bias",
)
"""Arrays of one member."""
_REINSTALL = "reinstall questionbank"

Member = Mapping[str, npt.NDArray[np.float32]]
"""One member's arrays by the names in `PARTS`."""


class Side(NamedTuple):
    """Words of one party."""

    tokens: Floats
    """float64 [n, d], unit rows, n at least 1."""
    rarity: Floats
    """float64 [n]."""


def sides(
    answer: Passage, references: Sequence[Passage], question: Passage
) -> tuple[Side, Side, Side]:
    """Take the words that the network reads: the answer's, the references', the question's."""
    return (
        _side([answer], ANSWER_TOKENS),
        _side(references, REFERENCE_TOKENS),
        _side([question], QUESTION_TOKENS),
    )


def _side(passages: Sequence[Passage], limit: int) -> Side:
    tokens = np.concatenate([one.tokens for one in passages])[:limit]
    rarity = np.concatenate([one.rarity for one in passages])[:limit]
    if len(tokens):
        return Side(tokens, rarity)
    return Side(np.zeros((1, passages[0].tokens.shape[1])), np.zeros(1))


def log_odds(
    members: Sequence[Member], parties: tuple[Side, Side, Side], features: Floats
) -> float:
    """Ask the network.

    Args:
        members: at least one.
        parties: what `sides` took.
        features: float64 [f], in standard deviations, as in training.

    Returns:
        The mean of the members' log-odds of a good answer.
    """
    said = [_ask(member, parties, features) for member in members]
    return sum(said) / len(said)


def _ask(member: Member, parties: tuple[Side, Side, Side], features: Floats) -> float:
    answer, reference, question = (_unit(one.tokens @ member["project"].T) for one in parties)
    heard = np.concatenate(
        [
            _compare(member, "answer", answer, parties[0].rarity, reference, question),
            _compare(member, "reference", reference, parties[1].rarity, answer, question),
            features,
        ]
    )
    hidden = np.maximum(0.0, member["hidden.weight"] @ heard + member["hidden.bias"])
    return float((member["out.weight"] @ hidden + member["out.bias"])[0])


def _compare(
    member: Member, side: str, ours: Floats, rarity: Floats, theirs: Floats, question: Floats
) -> Floats:
    """What one side's words meet on the other, summed up: float64 [units]."""
    near = ours @ theirs.T
    grown = np.exp(float(member["sharpness"][0]) * (near - near.max(axis=1, keepdims=True)))
    aligned = (grown / grown.sum(axis=1, keepdims=True)) @ theirs
    asked = (ours @ question.T).max(axis=1, keepdims=True)
    rare = rarity[:, None]
    met = np.hstack(
        [
            np.abs(ours - aligned),
            ours * aligned * SPREAD,
            near.max(axis=1, keepdims=True),
            asked,
            rare,
        ]
    )
    found = np.maximum(0.0, met @ member[f"{side}.weight"].T + member[f"{side}.bias"])
    weighed = np.hstack([ours * IMPORTANCE_SPREAD, rare, asked]) @ member["importance.weight"].T
    weight = 1.0 / (1.0 + np.exp(-(weighed + member["importance.bias"])))
    total: Floats = (found * weight).sum(axis=0) / (float(weight.sum()) + SMOOTHING)
    return total


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.maximum(1e-12, np.linalg.norm(rows, axis=1, keepdims=True))
    return unit


def pack(members: Sequence[Member]) -> bytes:
    """Write members in half precision.

    Raises:
        ValueError: they are larger than `MAX_BYTES`.
    """
    arrays = {
        f"{number:02d}.{name}": np.ascontiguousarray(member[name], dtype=np.float16)
        for number, member in enumerate(members)
        for name in PARTS
    }
    content = save(arrays)
    if len(content) > MAX_BYTES:
        raise ValueError(f"a network of {len(content):,} bytes is too large to ship")
    return content


def load_net(path: Path, digest: str) -> tuple[Member, ...]:
    """Read the members of a network.

    Args:
        path: what `pack` made.
        digest: SHA-256 it must have.

    Raises:
        CalibrationError: it is missing, broken, or another one.
    """
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != digest:
            raise CalibrationError(
                str(path), f"it is not the network the calibration was made with; {_REINSTALL}"
            )
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        reason = f"it cannot be read ({type(error).__name__}); {_REINSTALL}"
        raise CalibrationError(str(path), reason) from error
    numbers = sorted({name.partition(".")[0] for name in arrays})
    complete = all(f"{at}.{part}" in arrays for at in numbers for part in PARTS)
    if not numbers or not complete:
        raise CalibrationError(str(path), f"parts of the network are missing; {_REINSTALL}")
    return tuple({part: arrays[f"{at}.{part}"] for part in PARTS} for at in numbers)
