"""A grader without a model: words hashed into vectors, a rubric of two points, a calibration."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from grader.calibration import Calibration, FitRecord, Thresholds
from grader.encoder import TokenVectors, Vectors
from grader.fusion import Term
from grader.language import content_stems, words
from grader.rubric import Feedback, GradedExample, Point, Rubric
from grader.verdict import Verdict

DIM = 96
QUESTION = "A vendor says its model is ten times better. What would you check before believing it?"


class StubEncoder:
    """Each content word is a direction of its own; a text is the sum of its words."""

    name = "stub"
    weights_digest = "5" * 64
    dtype = "float32"
    device = "cpu"
    dim = DIM

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        vectors = np.full((len(texts), DIM), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in content_stems(text):
                at = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4], "big") % DIM
                vectors[row, at] += 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """A token for each word; longer words are rarer."""
        split = [words(text) for text in texts]
        return [
            TokenVectors(
                self.encode(tokens), np.array([min(1.0, len(token) / 10) for token in tokens])
            )
            for tokens in split
        ]


def make_point(point_id: str, exemplars: Sequence[str], counters: Sequence[str]) -> Point:
    return Point(
        id=point_id,
        title=point_id,
        description=f"It covers {point_id}.",
        exemplars=tuple(exemplars),
        counterexamples=tuple(counters),
        feedback=Feedback(met="Good.", missed="Missing."),
        probe="And then?",
    )


def make_rubric() -> Rubric:
    data = make_point(
        "own-data",
        [
            "I would run a trial on our own images from the factory line.",
            "We test it with pictures taken in our own plant.",
            "Let them score a sample of our photographs, hidden from them.",
        ],
        [
            "There is no need for a trial on our own images.",
            "Their pictures are as good as ours, so we skip the trial.",
        ],
    )
    baseline = make_point(
        "baseline",
        [
            "Compare it with a tuned standard baseline under equal conditions.",
            "A fine-tuned ResNet is the baseline it has to beat.",
            "I ask how strong the competitor was that they compared against.",
        ],
        [
            "Baselines are old and never worth a comparison.",
            "A baseline is not needed when the gain is so large.",
        ],
    )
    baseline = baseline.model_copy(update={"weight": 2.0})
    examples = (
        GradedExample(
            id="both",
            answer="I would run a trial on our own images. I compare it with a tuned baseline.",
            verdicts={"own-data": Verdict.MET, "baseline": Verdict.MET},
        ),
        GradedExample(
            id="neither",
            answer="The weather was lovely and everybody enjoyed their holiday.",
            verdicts={"own-data": Verdict.NOT_MET, "baseline": Verdict.NOT_MET},
        ),
        GradedExample(
            id="against",
            answer="There is no need for a trial on our own images, so we skip the trial.",
            verdicts={"own-data": Verdict.CONTRADICTED, "baseline": Verdict.PARTIAL},
        ),
    )
    return Rubric(
        id="test/vendor-claim",
        version="1.0.0",
        title="Vendor claim",
        points=(data, baseline),
        examples=examples,
    )


def make_calibration(digest: str = StubEncoder.weights_digest, **bounds: float) -> Calibration:
    thresholds = {
        "met": 0.6,
        "partial": 0.4,
        "review_low": 0.55,
        "review_high": 0.65,
        "opposition": 0.2,
        "off_topic": 0.05,
        **bounds,
    }
    return Calibration(
        id="test-1",
        created="2026-01-01",
        model="stub",
        weights_digest=digest,
        terms=(Term(feature="margin", mean=0.1, scale=0.1, coefficient=1.0),),
        intercept=0.0,
        thresholds=Thresholds(**thresholds),
        fit=FitRecord(data=("none",), rows=0, folds="none", figures={}),
    )


@pytest.fixture
def encoder() -> StubEncoder:
    return StubEncoder()


@pytest.fixture(scope="session")
def shared_encoder() -> StubEncoder:
    """For what is slow to make and made once."""
    return StubEncoder()


@pytest.fixture
def rubric() -> Rubric:
    return make_rubric()


@pytest.fixture
def question() -> str:
    return QUESTION


@pytest.fixture
def calibration() -> Calibration:
    return make_calibration()


@pytest.fixture
def calibrate() -> Callable[..., Calibration]:
    return make_calibration


@pytest.fixture
def point() -> Callable[[str, Sequence[str], Sequence[str]], Point]:
    return make_point


WORDS = "a i the we run check trial own image images data model tuned baseline compare test . , ?"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder around a small random transformer."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers import AutoTokenizer, BertConfig, BertModel

        modules = import_module("sentence_transformers.models")

        raw = folder.with_name("raw")
        raw.mkdir()
        vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()]
        (raw / "vocab.txt").write_text("\n".join(vocabulary))
        torch.manual_seed(7)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=40,
        )
        BertModel(config).save_pretrained(raw)
        tokenizer = AutoTokenizer.from_pretrained(raw, model_max_length=40)
        tokenizer.save_pretrained(raw)
        parts = [
            modules.Transformer(str(raw), max_seq_length=40),
            modules.Pooling(32),
            modules.Normalize(),
        ]
        SentenceTransformer(modules=parts, device="cpu").save(str(folder))
    return folder
