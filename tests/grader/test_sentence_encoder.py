import subprocess
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from grader import sentence_encoder
from grader.adapter import read_deltas
from grader.encoder import Vectors
from grader.errors import ModelMissingError, OverflowedError
from grader.sentence_encoder import ROWS, SentenceEncoder, load_encoder
from grader.weights import default_weights

SENTENCE = "We would ask how the test data was collected, and whether it leaked into training. "
TEXTS = [(SENTENCE * 5)[:size].strip() for size in (2, 15, 40, 70, 90, 130, 170, 240, 330, 400)]


def tiny(folder: Path, dtype: str | None = None) -> SentenceEncoder:
    return load_encoder(str(folder), "cpu", dtype)


def alone(encoder: SentenceEncoder, texts: Sequence[str]) -> Vectors:
    return np.vstack([encoder.encode([text]) for text in texts])


def companions(encoder: SentenceEncoder, texts: Sequence[str]) -> None:
    """Hold a text's bytes against those it gets elsewhere: other neighbours, rows and numbers."""
    single = alone(encoder, texts)
    for turn in range(4):
        order = np.random.default_rng(turn).permutation(len(texts) * (1 + turn)) % len(texts)
        together = encoder.encode([texts[at] for at in order])
        assert together.tobytes() == single[order].tobytes()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_vector_does_not_depend_on_its_neighbours(tiny_model: Path, dtype: str) -> None:
    words = "we run a trial , check the own data and compare it ?".split()
    texts = [" ".join((words * 4)[:size]) for size in (1, 5, 9, 14, 20, 28, 36, 48)]
    companions(tiny(tiny_model, dtype), texts)


@pytest.mark.model
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_real_vector_does_not_depend_on_its_neighbours(dtype: str) -> None:
    companions(load_encoder(None, "cpu", dtype), TEXTS)


@pytest.mark.model
def test_two_processes_give_the_same_bytes() -> None:
    code = (
        "import hashlib, sys; from grader.sentence_encoder import load_encoder;"
        "vectors = load_encoder().encode(sys.argv[1:]);"
        "print(hashlib.sha256(vectors.tobytes()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, *texts], capture_output=True, text=True, check=True
        ).stdout
        for texts in (TEXTS, TEXTS)
    }
    assert len(said) == 1


@pytest.mark.model
def test_the_default_encoder_is_verified_and_near_what_the_library_gives() -> None:
    encoder = load_encoder(None, "cpu", "float32")
    assert (encoder.name, encoder.weights_digest) == (
        "all-MiniLM-L6-v2",
        default_weights().digest,
    )
    assert (encoder.dim, encoder.dtype, encoder.device) == (384, "float32", "cpu")
    adapted = encoder.encode(TEXTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        from grader.weights import find_default

        library = SentenceTransformer(str(find_default()), device="cpu", local_files_only=True)
        expected = library.encode(TEXTS, show_progress_bar=False)
        for name, delta in read_deltas().items():
            weight = library[0].auto_model.get_submodule(name).weight
            weight.data += weight.data.new_tensor(delta)
        merged = library.encode(TEXTS, show_progress_bar=False)
    bare = load_encoder(str(find_default()), "cpu", "float32")
    assert bare.weights_digest != encoder.weights_digest
    assert bare.encode(TEXTS) == pytest.approx(expected, abs=1e-5)
    assert adapted == pytest.approx(merged, abs=1e-5)
    assert np.abs(adapted - expected).max() > 0.01


@pytest.mark.model
@pytest.mark.parametrize(("dtype", "most"), [("bfloat16", 0.009), ("float16", 0.002)])
def test_narrow_numbers_hardly_move_a_vector(dtype: str, most: float) -> None:
    wide, narrow = (load_encoder(None, "cpu", one) for one in ("float32", dtype))
    assert narrow.dtype == dtype
    moved = np.linalg.norm(wide.encode(TEXTS) - narrow.encode(TEXTS), axis=1)
    assert 0.0 < moved.max() < most


def test_numbers_too_large_for_their_type_are_an_error(tiny_model: Path) -> None:
    import torch

    encoder = tiny(tiny_model, "float16")
    with torch.no_grad():
        for weights in encoder.modules[0].parameters():
            weights.mul_(30_000.0)
    with pytest.raises(OverflowedError, match=r"model tiny: .* float16; give --dtype float32"):
        encoder.encode(["we run a trial"])


def test_rows_are_unit_vectors_in_the_order_given(tiny_model: Path) -> None:
    encoder = tiny(tiny_model)
    texts = ["we run a trial", "check the data " * 30, "compare", "we run a trial"]
    vectors = encoder.encode(texts)
    assert str(vectors.dtype) == "float32"
    assert vectors.shape == (4, encoder.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert vectors.tobytes() == alone(encoder, texts).tobytes()
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_the_model_only_ever_sees_its_constant_shapes(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = tiny(tiny_model)
    seen: set[tuple[int, ...]] = set()
    forward = encoder._forward

    def watched(features: dict[str, np.ndarray[tuple[int, int], np.dtype[np.int64]]]) -> Vectors:
        seen.add(tuple(features["input_ids"].shape))
        return forward(features)

    monkeypatch.setattr(encoder, "_forward", watched)
    encoder.encode([" ".join(["data"] * size) for size in range(1, 60)])
    encoder.encode(["data"])
    assert seen == {(ROWS[16], 16), (ROWS[24], 24), (ROWS[32], 32), (1, 40)}


def test_a_folder_is_a_model_with_a_name_and_a_digest(tiny_model: Path) -> None:
    encoder = tiny(tiny_model)
    assert (encoder.name, encoder.dim, encoder.device) == ("tiny", 32, "cpu")
    assert len(encoder.weights_digest) == 64
    assert "threads" in encoder.build


def test_a_model_without_attention_goes_text_by_text(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace

        tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "own": 1, "data": 2}, unk_token="[UNK]"))  # noqa: S106
        tokenizer.pre_tokenizer = Whitespace()
        weights = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]).numpy()
        static = import_module("sentence_transformers.models").StaticEmbedding(
            tokenizer, embedding_weights=weights
        )
        SentenceTransformer(modules=[static], device="cpu").save(str(tmp_path / "static"))
    encoder = load_encoder(str(tmp_path / "static"), "cpu", "float32")
    found = encoder.encode(["own", "data", "own data"])
    half = 0.5**0.5
    assert found == pytest.approx(np.array([[1, 0], [0, 1], [half, half]]), abs=1e-6)
    assert [len(one.rarity) for one in encoder.encode_tokens(["own", "data"])] == [0, 0]


@pytest.mark.parametrize("setting", [{"device": "tpu"}, {"dtype": "int8"}])
def test_what_is_no_device_or_dtype_is_refused(setting: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is none of"):
        load_encoder(**setting)


def test_a_device_that_is_not_there_is_named(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentence_encoder, "available_devices", lambda: ["cpu"])
    with pytest.raises(ModelMissingError, match="no mps"):
        load_encoder(str(tiny_model), "mps")


def test_a_hub_model_is_asked_for_only_by_name(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    asked = []

    def fetch(name: str, **given: object) -> str:
        asked.append(name)
        return str(tiny_model)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    assert load_encoder("org/tiny", "cpu").name == "org/tiny"
    tiny(tiny_model)
    assert asked == ["org/tiny"]


def test_a_hub_model_that_cannot_be_fetched_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fail(name: str, **given: object) -> str:
        raise OSError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(ModelMissingError, match=r"org/none.*could not be fetched"):
        load_encoder("org/none")


def test_a_folder_with_broken_weights_is_missing(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(ModelMissingError, match="cannot be loaded"):
        load_encoder(str(tmp_path))
    with pytest.raises(ModelMissingError, match="no such folder"):
        load_encoder("./nowhere")


def test_loading_says_nothing(tiny_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tiny(tiny_model).encode(["we run a trial"])
    assert capfd.readouterr() == ("", "")


def test_tokens_are_words_in_context_with_their_rarity(tiny_model: Path) -> None:
    encoder = tiny(tiny_model)
    (found,) = encoder.encode_tokens(["we run a trial , check"])
    assert found.vectors.shape == (5, encoder.dim)
    assert found.rarity.shape == (5,)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert found.rarity[2] == 0.5  # a single letter
    assert ((found.rarity >= 0.1) & (found.rarity <= 1.0)).all()
    (other,) = encoder.encode_tokens(["own data trial"])
    assert not np.allclose(other.vectors[2], found.vectors[3])


def test_later_pieces_of_the_vocabulary_are_rarer(tiny_model: Path) -> None:
    (found,) = tiny(tiny_model).encode_tokens(["the test"])
    assert found.rarity[0] < found.rarity[1]


def test_marks_alone_have_no_tokens(tiny_model: Path) -> None:
    encoder = tiny(tiny_model)
    (found,) = encoder.encode_tokens([", . ?"])
    assert (found.vectors.shape, found.rarity.shape) == ((0, encoder.dim), (0,))
    assert encoder.encode_tokens([]) == []


def test_tokens_do_not_depend_on_what_is_embedded_beside_them(tiny_model: Path) -> None:
    encoder = tiny(tiny_model)
    words = "we run a trial , check the own data and compare it ?".split()
    texts = [" ".join((words * 4)[:size]) for size in (1, 5, 9, 14, 20, 28)]
    together = encoder.encode_tokens(texts)
    for text, one in zip(texts, together, strict=True):
        (alone,) = encoder.encode_tokens([text])
        assert alone.vectors.tobytes() == one.vectors.tobytes()


def test_a_graphics_processor_gets_batches_by_tokens(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way a card is fed, with the processor standing in for it: same rows, same vectors."""
    import torch

    encoder = tiny(tiny_model)
    texts = [" ".join(["we", "run", "own", "data"][: 1 + at % 4]) for at in range(30)]
    expected = encoder.encode(texts)
    shapes: list[tuple[int, ...]] = []
    forward = encoder._forward

    def watched(features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        shapes.append(tuple(features["input_ids"].shape))
        return forward({name: value.to("cpu") for name, value in features.items()})

    real_to = torch.Tensor.to
    monkeypatch.setattr(encoder, "_forward", watched)
    monkeypatch.setattr(sentence_encoder, "CUDA_TOKENS", 64)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor)
    monkeypatch.setattr(
        torch.Tensor,
        "to",
        lambda tensor, *given, **named: (
            tensor if given[:1] == ("cuda",) else real_to(tensor, *given, **named)
        ),
    )
    monkeypatch.setattr(encoder, "_device", "cuda")
    monkeypatch.setattr(encoder, "_place", "cuda")
    assert encoder.portion == sentence_encoder.CUDA_PORTION
    found = encoder.encode(texts)
    assert found == pytest.approx(expected, abs=1e-6)
    assert shapes == [(64 // 16, 16)] * 8
