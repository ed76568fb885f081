import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader import adapting
from grader.adapter import read_deltas, read_record
from grader.episodes import Episode, Mixture, draw_episode
from grader.fitting import Source
from grader.rubric import Rubric
from grader.weights import DEFAULT_DIGEST


@pytest.fixture
def tiny_base(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoModel, AutoTokenizer

    raw = tiny_model.with_name("raw")

    def load() -> tuple[Any, Any]:
        return AutoTokenizer.from_pretrained(raw), AutoModel.from_pretrained(raw)

    monkeypatch.setattr(adapting, "load_base", load)


@pytest.fixture
def sources(rubric: Rubric, question: str) -> list[Source]:
    other = rubric.model_copy(update={"id": "test/other"})
    return [Source(rubric=rubric, question=question), Source(rubric=other)]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - to be repeated, not to be guessed


def test_an_episode_holds_each_points_sentences_and_says_what_they_meet(rubric: Rubric) -> None:
    for seed in range(40):
        mixture = Mixture(varied=0.9 if seed % 2 else 0.1)
        episode = draw_episode(rubric, "And why?", [rubric], seeded(seed), mixture)
        target, weight = episode.arrays()
        assert target.shape == weight.shape == (len(episode.texts), 2)
        assert len(episode.owners) == len(episode.signs) == len(episode.texts)
        for row, (owner, sign) in enumerate(zip(episode.owners, episode.signs, strict=True)):
            assert (owner is None) == (sign == 0)
            if sign == 1:
                assert owner is not None
                assert target[row, owner] == 1.0
            if sign == -1:
                assert target[row].sum() == 0.0


def test_a_bare_rubric_makes_an_episode_too(rubric: Rubric) -> None:
    point = rubric.points[0].model_copy(update={"counterexamples": ()})
    lone = rubric.model_copy(update={"points": (point,)})
    for seed in range(20):
        episode = draw_episode(lone, None, [], seeded(seed), Mixture(varied=1.0))
        assert episode.arrays()[0].shape[1] == 1


def test_the_same_chance_draws_the_same_episode(rubric: Rubric) -> None:
    one, two = (draw_episode(rubric, None, [], seeded(5), Mixture()) for _ in range(2))
    assert one == two


def test_a_sentence_is_near_the_point_whose_exemplars_it_resembles() -> None:
    episode = Episode(2)
    for owner in (0, 0, 1, 1):
        episode.add("x", (owner,), (owner, 1.0, 1.0), owner, 1)
    vectors = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    found = adapting.nearness(torch.nn.functional.normalize(vectors, dim=1), episode, 0.07)
    assert found[:2, 0].min() > 0 > found[2:, 0].max()
    assert found[2:, 1].min() > 0 > found[:2, 1].max()


def test_training_changes_only_what_is_beside_the_weights(
    tiny_base: None, sources: list[Source]
) -> None:
    before = torch.nn.Linear(3, 2)
    layer = adapting.LowRank(before, 0.0)
    values = torch.ones(1, 3)
    assert torch.equal(layer(values), before(values))
    settings = adapting.Settings(steps=3, seed=1)
    one, two = (adapting.train(sources, settings, Mixture()) for _ in range(2))
    assert {name.rpartition(".")[2] for name in one} == {"a", "b"}
    assert any(np.abs(part).max() > 0 for name, part in one.items() if name.endswith(".b"))
    assert all(np.allclose(one[name], two[name], atol=1e-5) for name in one)


def test_the_command_writes_an_adapter(
    tiny_base: None, sources: list[Source], tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(sources[0].model_dump_json())
    output = tmp_path / "x.safetensors"
    given = [str(path), "--output", str(output), "--steps", "2", "--date", "2026-01-02"]
    assert adapting.main(given) == 0
    record = read_record(output)
    assert (record.base, record.created, record.settings["steps"]) == (
        DEFAULT_DIGEST,
        "2026-01-02",
        2.0,
    )
    assert all(name.startswith("encoder.layer.") for name in read_deltas(output))


def test_the_command_says_why_it_cannot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [str(tmp_path / "none.json"), "--output", str(tmp_path / "x")]
    assert adapting.main(given) == 1
    assert "cannot train" in capsys.readouterr().err
