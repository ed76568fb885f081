from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from grader.cache import VectorCache
from grader.encoder import Encoder
from grader.kept import Kept


class Counted(Encoder, Protocol):
    """An encoder that keeps what it was asked."""

    calls: list[list[str]]


TEXTS = ["own images", "tuned baseline", "test size"]


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_each_text_is_embedded_once(encoder: Counted) -> None:
    cache = VectorCache(encoder)
    first = cache.encode([TEXTS[0], TEXTS[1], TEXTS[0]])
    again = cache.encode([TEXTS[1], TEXTS[2]])
    assert encoder.calls == [[TEXTS[0], TEXTS[1]], [TEXTS[2]]]
    assert np.array_equal(first[1], again[0])
    assert np.array_equal(first[0], first[2])


def test_no_texts_give_no_vectors(encoder: Counted) -> None:
    assert VectorCache(encoder).encode([]).shape == (0, encoder.dim)
    assert encoder.calls == []


def test_memory_stays_within_its_capacity(encoder: Counted) -> None:
    cache = VectorCache(encoder, capacity=2)
    whole = cache.encode(TEXTS)
    assert np.array_equal(cache.encode(TEXTS), whole)
    assert len(encoder.calls) == 2
    cache.encode(TEXTS[1:])
    assert len(encoder.calls) == 2


@pytest.mark.parametrize("capacity", [1, 3, 7, 20])
def test_a_text_has_its_own_vector_whatever_was_forgotten(
    capacity: int, encoder: Counted, tmp_path: Path
) -> None:
    texts = [f"own text number {number}" for number in range(12)]
    plain = dict(zip(texts, encoder.encode(texts), strict=True))
    cache = VectorCache(encoder, tmp_path, capacity=capacity)
    chance = np.random.default_rng(1)
    for turn in range(200):
        asked = [texts[at] for at in chance.integers(0, 12, size=chance.integers(1, 9))]
        given = cache.keep(asked) if turn % 5 == 0 else cache.encode(asked)
        assert given.tobytes() == np.stack([plain[text] for text in asked]).tobytes()
        assert len(cache._known) <= capacity


def test_a_rubric_is_embedded_once_across_runs(encoder: Counted, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "when needed"
    first = VectorCache(encoder, folder).keep(TEXTS)
    later = VectorCache(encoder, folder)
    assert later.keep(TEXTS).tobytes() == first.tobytes()
    assert later.encode(TEXTS).tobytes() == first.tobytes()
    assert len(encoder.calls) == 1
    assert [path.suffix for path in files(folder)] == [".safetensors"]


def test_answers_never_reach_the_disk(encoder: Counted, tmp_path: Path) -> None:
    cache = VectorCache(encoder, tmp_path / "cache")
    cache.encode(["my own answer"])
    cache.keep([])
    assert not (tmp_path / "cache").exists()


def test_answers_are_kept_where_that_is_wanted(encoder: Counted, tmp_path: Path) -> None:
    plain = VectorCache(encoder).encode(TEXTS)
    first = VectorCache(encoder, kept=Kept(tmp_path, 10**7))
    assert first.encode(TEXTS[:2]).tobytes() == plain[:2].tobytes()
    first.settle()
    later = VectorCache(encoder, kept=Kept(tmp_path, 10**7))
    calls = len(encoder.calls)
    assert later.encode(TEXTS[:2]).tobytes() == plain[:2].tobytes()
    assert len(encoder.calls) == calls
    assert later.encode([TEXTS[2], TEXTS[0]]).tobytes() == plain[[2, 0]].tobytes()
    assert encoder.calls[calls:] == [[TEXTS[2]]]


def test_what_one_call_made_is_kept_beside_the_next(encoder: Counted, tmp_path: Path) -> None:
    first = VectorCache(encoder, kept=Kept(tmp_path, 10**7))
    for text in TEXTS:
        first.encode([text])
    first.settle()
    later = VectorCache(encoder, kept=Kept(tmp_path, 10**7))
    assert later.encode(TEXTS).tobytes() == first.encode(TEXTS).tobytes()
    assert encoder.calls == [[text] for text in TEXTS]


@pytest.mark.parametrize("what", ["weights_digest", "dtype", "device", "build"])
def test_what_another_encoder_kept_is_not_taken(
    what: str, encoder: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = VectorCache(encoder, kept=Kept(tmp_path, 10**7))
    first.encode(TEXTS)
    first.settle()
    if what != "build":
        monkeypatch.setattr(type(encoder), what, "another")
    other = VectorCache(encoder, build=what, kept=Kept(tmp_path, 10**7))
    other.encode(TEXTS)
    assert encoder.calls == [TEXTS, TEXTS]


def test_rubrics_are_not_kept_twice(encoder: Counted, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", 10**7)
    VectorCache(encoder, tmp_path / "rubrics", kept=kept).keep(TEXTS)
    assert not (tmp_path / "kept").exists()


def test_another_build_or_order_has_its_own_file(encoder: Counted, tmp_path: Path) -> None:
    VectorCache(encoder, tmp_path, build="one").keep(TEXTS)
    VectorCache(encoder, tmp_path, build="two").keep(TEXTS)
    VectorCache(encoder, tmp_path, build="two").keep(TEXTS[::-1])
    assert len(files(tmp_path)) == 3
    assert len(encoder.calls) == 3


def broken_files() -> list[bytes | dict[str, Any]]:
    unit = np.zeros((3, 96), np.float32)
    unit[:, 0] = 1.0
    return [
        b"",
        b"\xff" * 100,
        {"other": unit},
        {"vectors": unit[:2]},
        {"vectors": unit.astype(np.float64)},
        {"vectors": unit * 2},
        {"vectors": np.full_like(unit, np.nan)},
    ]


@pytest.mark.parametrize("content", broken_files(), ids=range(7))
def test_a_broken_file_is_made_anew(
    content: bytes | dict[str, Any],
    encoder: Counted,
    tmp_path: Path,
) -> None:
    good = VectorCache(encoder, tmp_path).keep(TEXTS)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    with safe_open(path, framework="np") as file:
        label = file.metadata()
    if isinstance(content, dict):
        label = {"format": "1", "maker": VectorCache(encoder)._maker}
        save_file(content, path, metadata=label)
    assert VectorCache(encoder, tmp_path).keep(TEXTS).tobytes() == good.tobytes()
    assert path.read_bytes() == whole
    assert files(tmp_path) == [path]


def test_a_foreign_file_is_made_anew(encoder: Counted, tmp_path: Path) -> None:
    good = VectorCache(encoder, tmp_path).keep(TEXTS)
    (path,) = files(tmp_path)
    save_file({"vectors": np.flip(good, axis=1).copy()}, path, metadata={"format": "1"})
    assert VectorCache(encoder, tmp_path).keep(TEXTS).tobytes() == good.tobytes()


def test_a_folder_in_the_place_of_a_file_is_no_obstacle(encoder: Counted, tmp_path: Path) -> None:
    good = VectorCache(encoder, tmp_path).keep(TEXTS)
    (path,) = files(tmp_path)
    path.unlink()
    path.mkdir()
    assert VectorCache(encoder, tmp_path).keep(TEXTS).tobytes() == good.tobytes()
    assert files(tmp_path) == [path]


def test_a_folder_that_cannot_be_made_is_no_obstacle(encoder: Counted, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    vectors = VectorCache(encoder, tmp_path / "file" / "cache").keep(TEXTS)
    assert vectors.shape == (3, encoder.dim)


def test_a_full_disk_leaves_nothing_behind(
    encoder: Counted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    vectors = VectorCache(encoder, tmp_path).keep(TEXTS)
    assert vectors.shape == (3, encoder.dim)
    assert files(tmp_path) == []
