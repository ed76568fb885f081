"""The network: what runs it says what trains it, and its file is checked."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from grader import reference_net
from grader.encoder import Encoder
from grader.errors import CalibrationError
from grader.passage import PassageReader
from grader.reference_net import PARTS, Member, Side, load_net, log_odds, pack, sides
from grader.reference_training import Lesson, train

DIM, FEATURES = 12, 3


def side(rng: np.random.Generator, size: int) -> Side:
    rows = rng.normal(size=(size, DIM))
    return Side(rows / np.linalg.norm(rows, axis=1, keepdims=True), rng.uniform(0.1, 1, size))


def lessons(count: int, seed: int = 0) -> list[Lesson]:
    """The share is 1 where the answer is the reference, 0 where it is another."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        answer, question = side(rng, 3 + number % 4), side(rng, 2)
        good = number % 2 == 0
        reference = answer if good else side(rng, 4)
        made.append(Lesson((answer, reference, question), rng.normal(size=FEATURES), good, 1.0))
    return made


@pytest.fixture(scope="module")
def member() -> Member:
    return train(lessons(128), seed=1, epochs=80)


def test_numpy_says_what_torch_says(member: Member) -> None:
    import torch

    from grader.reference_training import _Net, _padded, _tensor

    net = _Net(DIM, FEATURES)
    names = {("project" if name == "project.weight" else name): name for name in net.state_dict()}
    net.load_state_dict({names[name]: torch.tensor(value) for name, value in member.items()})
    net.eval()
    some = lessons(5, seed=3)
    with torch.no_grad():
        parties = [_padded([one.parties[at] for one in some]) for at in range(3)]
        said = net(parties, _tensor(np.stack([one.features for one in some]))).tolist()
    ours = [log_odds([member], one.parties, one.features) for one in some]
    assert ours == pytest.approx(said, abs=1e-4)


def test_it_learns_to_tell_the_reference_from_something_else(member: Member) -> None:
    some = lessons(40, seed=9)
    said = [log_odds([member], one.parties, one.features) for one in some]
    assert np.mean([(odds > 0) == one.share for odds, one in zip(said, some, strict=True)]) > 0.9


def test_training_again_gives_the_same_and_another_seed_another() -> None:
    some = lessons(16)
    one, same, other = (train(some, seed, epochs=1) for seed in (0, 0, 1))
    assert all((one[name] == same[name]).all() for name in PARTS)
    assert not (one["project"] == other["project"]).all()


def test_members_are_averaged(member: Member) -> None:
    (one,) = lessons(1)
    flipped = {**member, "out.weight": -member["out.weight"], "out.bias": -member["out.bias"]}
    assert log_odds([member, flipped], one.parties, one.features) == pytest.approx(0.0)


def test_the_file_gives_back_what_went_in(member: Member, tmp_path: Path) -> None:
    content = pack([member, member])
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    found = load_net(path, hashlib.sha256(content).hexdigest())
    assert len(found) == 2
    assert all((found[1][name] == member[name]).all() for name in PARTS)


def test_an_altered_missing_or_foreign_file_is_refused(member: Member, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    with pytest.raises(CalibrationError, match="cannot be read"):
        load_net(path, "0" * 64)
    path.write_bytes(pack([member]))
    with pytest.raises(CalibrationError, match="not the network the calibration was made with"):
        load_net(path, "0" * 64)
    for content, reason in (
        (b"nonsense", "cannot be read"),
        (pack([member]).replace(b"00.out.bias", b"00.out.bxas"), "parts of the network"),
    ):
        path.write_bytes(content)
        with pytest.raises(CalibrationError, match=reason):
            load_net(path, hashlib.sha256(content).hexdigest())


def test_a_network_too_large_to_ship_is_refused(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference_net, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match="too large to ship"):
        pack([member])


def test_long_texts_are_cut_and_empty_ones_stand_as_one_zero_word(encoder: Encoder) -> None:
    long = "word " * 300
    known = PassageReader(encoder).read([long, ""])
    answer, reference, question = sides(known[long], [known[long], known[long]], known[""])
    assert (len(answer.tokens), len(reference.tokens)) == (128, 160)
    assert question.tokens.shape == (1, encoder.dim)
    assert not question.tokens.any()
