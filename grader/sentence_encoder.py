"""The one door to torch and sentence-transformers: a text in, always the same bytes out.

The shape of a batch alone changes the last digits of an embedding. So the model only ever sees a
few constant shapes, a token bucket times a fixed number of rows, filled up with a dummy text.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from grader.adapter import read_deltas
from grader.device import DEVICES, available_devices, best_dtype, cuda_cards, is_device
from grader.encoder import Portion, TokenVectors, Vectors
from grader.errors import ModelMissingError, OverflowedError
from grader.processor import let_waiting_threads_sleep
from grader.quiet import quiet
from grader.vocabulary import piece_rarity
from grader.weights import Weights, base_weights, locate, work_per_token

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ROWS = {16: 8, 24: 8, 32: 8, 48: 8, 64: 8, 128: 4, 256: 2}
"""Token bucket -> rows of a batch. Texts beyond the last bucket go one by one, whole."""
CUDA_TOKENS = 32_768
"""Tokens of a batch on a CUDA device, padding included: fewer leave much of a large card idle."""
DTYPES = ("float32", "bfloat16", "float16")

_FILLER = "."
CUDA_PORTION = Portion(answers=512, texts=16_384)
"""So many that batches of that size are filled."""
_UNDER_WAY = 4
"""Batches sent to a CUDA device before the results of the first are fetched."""


class SentenceEncoder:
    """A sentence-transformers model behind the `Encoder` protocol.

    Args:
        model: loaded, on its device, its transformer narrowed as wanted (`grader.narrowing`).
        weights: what it was loaded from.
        dtype: one of `DTYPES`.
        device: one of `DEVICES`; `cuda:1` for a certain one of several cards.
    """

    def __init__(
        self, model: "SentenceTransformer", weights: Weights, dtype: str, device: str
    ) -> None:
        self._weights = weights
        self._dtype = dtype
        self._place = device
        self._device = device.partition(":")[0]
        self._modules: list[Any] = list(model)
        self._tokenizer: Any = getattr(model[0], "tokenizer", None)
        # A model without attention (static embeddings) pads nothing, so one row is its shape.
        self._limit = int(model.max_seq_length or 0) if hasattr(model[0], "auto_model") else 0
        self.embedded = 0
        """Tokens embedded so far, padding left out."""
        self._dim = int(self._run_single(_FILLER).shape[0])

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
        """`float32`, `bfloat16` or `float16`."""
        return self._dtype

    @property
    def device(self) -> str:
        """`cpu`, `cuda` or `mps`."""
        return self._device

    @property
    def portion(self) -> Portion:
        """How much to give it at a time."""
        return CUDA_PORTION if self._device == "cuda" else Portion()

    @property
    def dim(self) -> int:
        """Length d of a vector."""
        return self._dim

    @property
    def work(self) -> int | None:
        """Operations a token costs, as `work_per_token` counts them; None if that is not known."""
        return work_per_token(self._weights.folder)

    @property
    def build(self) -> str:
        """What else can change the last digits: library version, processor, threads."""
        import torch

        parts = [torch.__version__, torch.backends.cpu.get_cpu_capability(), str(sorted(ROWS))]
        parts.append("narrow products")  # `grader.narrowing`; vectors kept before it are others
        if self._device == "cuda":
            parts += [torch.cuda.get_device_name(self._place), f"{CUDA_TOKENS} tokens"]
        return " ".join([*parts, f"{torch.get_num_threads()} threads"])

    @property
    def modules(self) -> Sequence[Any]:
        """The model's modules, each taking and giving a dictionary of tensors."""
        return tuple(self._modules)

    @property
    def limit(self) -> int:
        """Tokens of a text that are read; 0 for a model without attention, which reads all."""
        return self._limit

    @property
    def pad(self) -> int:
        """The token that fills a row up."""
        return int(getattr(self._tokenizer, "pad_token_id", None) or 0)

    @property
    def has_types(self) -> bool:
        """Whether the model asks for token types."""
        return "token_type_ids" in getattr(self._tokenizer, "model_input_names", ())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Args:
            texts: any number of non-blank strings; what lies beyond the model's window is cut.

        Returns:
            float32 [n, d], unit rows, in the order given; [0, d] for no texts.

        Raises:
            OverflowedError: the model's numbers are too large for its dtype.
        """
        vectors = self._encode(texts)
        if not np.isfinite(vectors).all():
            raise OverflowedError(self.name, self.dtype)
        return vectors

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        if not self._limit:
            for index, text in enumerate(texts):
                vectors[index] = self._run_single(text)
            return vectors
        under_way = deque[tuple[list[int], Any]]()
        for part, batch, bucket in self._batches([self.tokens(text) for text in texts]):
            under_way.append((part, self._run_batch(batch, bucket)["sentence_embedding"]))
            # A graphics processor works on while the next batches are laid out; results wait there.
            if len(under_way) > (_UNDER_WAY if self._device == "cuda" else 0):
                _fetch(under_way, vectors)
        while under_way:
            _fetch(under_way, vectors)
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed the words of texts, each in its context.

        Args:
            texts: any number of non-blank strings; what lies beyond the model's window is cut.

        Returns:
            For each text its tokens that hold a letter or digit, in order; none of a model
            without attention, whose tokens have no context.
        """
        nothing = TokenVectors(np.zeros((0, self._dim), dtype=np.float32), np.zeros(0))
        found = [nothing] * len(texts)
        if not self._limit:
            return found
        for part, batch, bucket in self._batches([self.tokens(text) for text in texts]):
            embedded = self._run_batch(batch, bucket)["token_embeddings"]
            for row, index in enumerate(part):
                rarity = self._rarity[batch[row]]
                kept = np.flatnonzero(rarity)
                vectors = _numbers(embedded[row][kept.tolist()])
                found[index] = TokenVectors(vectors, rarity[kept])
        return found

    def _batches(self, tokens: list[list[int]]) -> Iterator[tuple[list[int], list[list[int]], int]]:
        """Token rows in batches of constant shape: which they are, the filled batch, its bucket."""
        buckets: dict[int, list[int]] = {}
        self.embedded += sum(map(len, tokens))
        for index, ids in enumerate(tokens):
            buckets.setdefault(self._bucket(len(ids)), []).append(index)
        for bucket, indices in sorted(buckets.items()):
            rows = self._rows(bucket)
            for at in range(0, len(indices), rows):
                part = indices[at : at + rows]
                batch = [tokens[index] for index in part]
                batch += [self.tokens(_FILLER)] * (rows - len(part))
                yield part, batch, bucket

    @cached_property
    def _rarity(self) -> npt.NDArray[np.float64]:
        """By token id, as `piece_rarity` weighs them."""
        return piece_rarity(self._tokenizer.get_vocab(), self._tokenizer.all_special_tokens)

    def _rows(self, bucket: int) -> int:
        """Rows of a batch of a bucket: a constant of the device, for it shapes the last digits."""
        if self._device == "cuda":
            return max(1, CUDA_TOKENS // bucket)
        return ROWS.get(bucket, 1)

    def _bucket(self, length: int) -> int:
        """The smallest bucket that holds so many tokens."""
        return next((size for size in ROWS if length <= size <= self._limit), self._limit)

    def tokens(self, text: str) -> list[int]:
        """Cut a text into tokens, those that frame it included; at most the model's window."""
        ids: list[int] = self._tokenizer(text, truncation=True, max_length=self._limit)["input_ids"]
        return ids

    def _run_batch(self, batch: list[list[int]], bucket: int) -> dict[str, Any]:
        """Run token rows in one batch of constant shape; what the modules make of them."""
        import torch

        ids = np.full((len(batch), bucket), self.pad, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        features: dict[str, Any] = {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask),
        }
        if self.has_types:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        if self._device == "cuda":
            # From pinned memory the card fetches a batch while it computes the one before.
            features = {name: value.pin_memory() for name, value in features.items()}
        return self._forward(
            {name: value.to(self._place, non_blocking=True) for name, value in features.items()}
        )

    def _run_single(self, text: str) -> Vectors:
        """Embed one text by itself: float32 [d]."""
        if self._limit:
            tokens = self.tokens(text)
            found = self._run_batch([tokens], self._bucket(len(tokens)))
            alone: Vectors = _numbers(found["sentence_embedding"])[0]
            return alone
        features = self._modules[0].tokenize([text])
        on_device = {
            name: value.to(self._place) if hasattr(value, "to") else value
            for name, value in features.items()
        }
        single: Vectors = _numbers(self._forward(on_device)["sentence_embedding"])[0]
        return single

    def _forward(self, features: dict[str, Any]) -> dict[str, Any]:
        """Run the modules in turn; whatever follows the first one works in float32."""
        import torch

        with torch.inference_mode():
            for module in self._modules:
                features = module(features)
                features = {name: _widened(value) for name, value in features.items()}
        return features


def load_encoder(
    model: str | None = None, device: str | None = None, dtype: str | None = None
) -> SentenceEncoder:
    """Load an encoder.

    Args:
        model: a folder, or the name of a hub model (only then may the network be used); None for
            the default weights, which are verified.
        device: one of `DEVICES`, or `cuda:1` for a certain card; None for the first of them that
            is there.
        dtype: one of `DTYPES`; None for the fastest that the device computes natively.

    Raises:
        ModelMissingError: the model, or the device, is not there.
        ModelRefusedError: the default weights were altered.
        ValueError: a device or dtype that is none.
    """
    return load_weights(locate(model), device, dtype)


def load_weights(
    weights: Weights, device: str | None = None, dtype: str | None = None
) -> SentenceEncoder:
    """Load an encoder from weights that have been found; otherwise as `load_encoder`."""
    if device is not None and not is_device(device):
        raise ValueError(f"device {device!r} is none of {', '.join(DEVICES)}, cuda:0, cuda:1, …")
    if dtype is not None and dtype not in DTYPES:
        raise ValueError(f"dtype {dtype!r} is none of {', '.join(DTYPES)}")
    let_waiting_threads_sleep()
    with quiet():
        import torch

        from grader.narrowing import narrow

        where = device or available_devices()[0]
        if where not in (*available_devices(), *cuda_cards()):
            raise ModelMissingError(
                weights.name, f"this machine has no {where}; leave --device out"
            )
        if where.startswith("cuda:"):
            torch.cuda.set_device(where)  # or every process would take memory of the first card
        kind = dtype or best_dtype(where)
        loaded = _load(weights, where)
        _merge(loaded[0], weights)
        narrow(loaded[0], kind, where)
        for module in list(loaded)[1:]:
            module.float()
        loaded.eval()
        return SentenceEncoder(loaded, weights, kind, where)


def load_base() -> tuple[Any, Any]:
    """Load the default weights without their adapter, to train one: tokenizer and transformer.

    Raises:
        ModelMissingError: they are not there.
        ModelRefusedError: they were altered.
    """
    weights = base_weights()
    with quiet():
        first: Any = _load(weights, "cpu")[0]
        return first.tokenizer, first.auto_model


def _load(weights: Weights, device: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(str(weights.folder), device=device, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = f"{weights.folder} cannot be loaded ({type(error).__name__}: {error})"
        raise ModelMissingError(weights.name, " ".join(reason.split())) from error


def _merge(transformer: Any, weights: Weights) -> None:  # noqa: ANN401 - the library's own
    """Add the adapter to the weights, in float32, before they are narrowed."""
    import torch

    if weights.adapter is None:
        return
    inner = getattr(transformer, "auto_model", transformer)
    with torch.no_grad():
        for name, delta in read_deltas(weights.adapter).items():
            weight = inner.get_submodule(name).weight
            weight.add_(torch.from_numpy(delta).to(weight))


def _fetch(under_way: "deque[tuple[list[int], Any]]", vectors: Vectors) -> None:
    """Put the results of the oldest batch in their places."""
    part, found = under_way.popleft()
    vectors[part] = _numbers(found)[: len(part)]


def _numbers(vectors: Any) -> Vectors:  # noqa: ANN401 - a tensor
    """A tensor's rows as unit vectors: float32 [n, d]."""
    import torch

    with torch.inference_mode():
        unit = torch.nn.functional.normalize(vectors, dim=1)
        return np.ascontiguousarray(unit.cpu().numpy(), dtype=np.float32)


def _widened(value: Any) -> Any:  # noqa: ANN401 - whatever a module passes on
    """A tensor in float32 if it is of a narrower floating type; anything else as it is."""
    floating = getattr(value, "is_floating_point", None)
    return value.float() if floating is not None and floating() else value
