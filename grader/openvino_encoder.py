"""The encoder as an OpenVINO graph: no torch to import, and bfloat16 at nearly the machine's peak.

A batch here holds texts of one length, rounded up to a multiple of `STEP` tokens, so hardly a
padded token is computed. How many texts it holds may vary: a graph is used only after it has given
the same bytes for the same text in batches of one row and of many, on this very machine. So what
shapes a vector is the length of its own text and nothing beside it.
"""

import functools
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from grader.encoder import Portion, TokenVectors, Vectors
from grader.processor import processor_name
from grader.rubric import Record
from grader.vocabulary import piece_rarity
from grader.weights import Weights, work_per_token

BACKEND = "openvino"
FORMAT: Literal[2] = 2
STEP = 4
"""Lengths are rounded up to a multiple of this: fewer batches for one answer, little padding."""
BUDGET = 512
"""Tokens of a batch, at most, unless a single text has more: from here on larger ones are no
faster, and the activations still fit a core's cache."""
PORTION = Portion(answers=64, texts=2048)
"""Several thousand tokens of each length, so that threads seldom wait for each other's last batch
(0.71 of the peak; 0.66 with a fraction of a second's worth)."""

GRAPH = "graph.blob"
"""The graph as prepared for this processor, which takes longer than to read it."""
RECORD = "record.json"
_VECTOR, _TOKENS = 0, 1

Ids = npt.NDArray[np.int64]


class GraphRecord(Record):
    """What a stored graph is, and what it was held against when it was made."""

    format: Literal[2] = FORMAT
    weights_digest: str
    dtype: str
    made_with: str
    """Versions of the libraries, and the processor."""
    digests: dict[str, str]
    """SHA-256 by file."""
    limit: int = Field(ge=1)
    """Tokens of a text that are read."""
    dim: int = Field(ge=1)
    pad: int = Field(ge=0)
    """The token that fills a row up."""
    tokenizer: str
    """The tokenizer's file, within the model's folder."""
    cosine: float | None = None
    """The least cosine between its vectors and torch's in float32."""
    refused: str | None = None
    """Why it is not used; None if it is."""


class OpenVinoEncoder:
    """A graph behind the `Encoder` protocol.

    Args:
        place: the folder of the graph.
        record: what it says of itself.
        weights: what it was made from.
        threads: to compute with; each works on batches of its own.
    """

    backend = BACKEND
    portion = PORTION
    """How much to give it at a time."""

    def __init__(self, place: Path, record: GraphRecord, weights: Weights, threads: int) -> None:
        from tokenizers import Tokenizer

        ov = import_openvino()
        self._record = record
        self._weights = weights
        self._version = str(ov.get_version())
        self._tokenizer = Tokenizer.from_file(str(weights.folder / record.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(record.limit)
        # Mapped, not read; copied where it is written, as the library asks for memory it may write.
        self._blob = np.memmap(place / GRAPH, dtype=np.uint8, mode="c")
        compiled = core().import_model(
            ov.Tensor(self._blob, shared_memory=True), "CPU", settings(record.dtype, threads)
        )
        self._queue: Any = ov.AsyncInferQueue(compiled, threads)
        self._busy = Lock()
        self.embedded = 0
        """Tokens embedded so far, padding left out."""

    @property
    def name(self) -> str:
        """What a grade calls this encoder."""
        return self._weights.name

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the weights, 64 hexadecimal digits."""
        return self._weights.digest

    @property
    def dtype(self) -> str:
        """`float32` or `bfloat16`."""
        return self._record.dtype

    @property
    def device(self) -> str:
        """`cpu`."""
        return "cpu"

    @property
    def dim(self) -> int:
        """Length d of a vector."""
        return self._record.dim

    @property
    def work(self) -> int | None:
        """Operations a token costs, as `work_per_token` counts them; None if that is not known."""
        return work_per_token(self._weights.folder)

    @property
    def build(self) -> str:
        """What else can change the last digits: versions, and what made the graph, and where."""
        return f"{BACKEND} {self._version} {processor_name()} {STEP}, {self._record.made_with}"

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Cut texts into tokens, those that frame a text included; at most the model's window."""
        return [found.ids for found in self._tokenizer.encode_batch(list(texts))]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Args:
            texts: any number of non-blank strings; what lies beyond the model's window is cut.

        Returns:
            float32 [n, d], unit rows, in the order given; [0, d] for no texts.
        """
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)

        def take(part: list[int], outputs: list[Any]) -> None:
            vectors[part] = _unit(outputs[_VECTOR].data)

        self._run(self.token_ids(texts), take)
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed the words of texts, each in its context.

        Args:
            texts: any number of non-blank strings; what lies beyond the model's window is cut.

        Returns:
            For each text its tokens that hold a letter or digit, in order; maybe none.
        """
        rows = self.token_ids(texts)
        found: dict[int, TokenVectors] = {}

        def take(part: list[int], outputs: list[Any]) -> None:
            for index, vectors in zip(part, outputs[_TOKENS].data, strict=True):
                rarity = self._rarity[rows[index]]
                kept = np.flatnonzero(rarity)
                found[index] = TokenVectors(_unit(vectors[kept]), rarity[kept])

        self._run(rows, take)
        return [found[index] for index in range(len(rows))]

    def _run(self, rows: list[list[int]], take: Any) -> None:  # noqa: ANN401 - two functions above
        """Embed token rows, hand over what comes of each batch; batches overlap and come anyhow."""
        with self._busy:
            self.embedded += sum(map(len, rows))
            self._queue.set_callback(lambda request, part: take(part, request.output_tensors))
            for part, length in batches([len(row) for row in rows]):
                ids = np.full((len(part), length), self._record.pad, dtype=np.int64)
                mask = np.zeros_like(ids)
                for at, index in enumerate(part):
                    ids[at, : len(rows[index])] = rows[index]
                    mask[at, : len(rows[index])] = 1
                self._queue.start_async([ids, mask], part)
            self._queue.wait_all()

    @cached_property
    def _rarity(self) -> npt.NDArray[np.float64]:
        added = self._tokenizer.get_added_tokens_decoder().values()
        special = {token.content for token in added if token.special}
        return piece_rarity(self._tokenizer.get_vocab(), special)


def batches(lengths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Put texts of like length together.

    Args:
        lengths: tokens of each text.

    Yields:
        Indices of the texts of a batch, and the length to which they are filled up; the longest
        first, so that no long batch is left for the end while other threads wait.
    """
    groups: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        groups.setdefault(-(-length // STEP) * STEP, []).append(index)
    for length, indices in sorted(groups.items(), reverse=True):
        rows = max(1, BUDGET // length)
        for at in range(0, len(indices), rows):
            yield indices[at : at + rows], length


def settings(dtype: str, threads: int) -> dict[str, object]:
    """How the library is to compute.

    Args:
        dtype: `float32` or `bfloat16`.
        threads: to compute with.
    """
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if dtype == "bfloat16" else "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        # Each process would pin its threads to the first cores, several to the very same ones.
        "ENABLE_CPU_PINNING": False,
    }


@functools.cache
def core() -> Any:  # noqa: ANN401 - it ships no types
    """The library's engine, one for the process and never let go.

    Each has the thread that makes it take signals on a stack of its own, and hands the one before
    back when it goes: of two, the stack of the first may be gone by then, and the next signal
    would end the process.
    """
    return import_openvino().Core()


def import_openvino() -> Any:  # noqa: ANN401 - it ships no types
    """Import OpenVINO without its conversion tools, which report their import to their makers."""
    tools = "openvino.tools.ovc"
    if tools not in sys.modules:
        sys.modules[tools] = None  # type: ignore[assignment] # makes the import fail, as foreseen
        try:
            import openvino
        finally:
            del sys.modules[tools]
    else:
        import openvino
    return openvino


def _unit(vectors: Vectors) -> Vectors:
    """Rows of unit length, in memory of their own."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return np.asarray(vectors / np.maximum(lengths, 1e-12)[:, np.newaxis], dtype=np.float32)
