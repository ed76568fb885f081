"""Vectors remembered: by weights, dtype and text in memory, and on disk.

Those of a rubric stand in a file of their own, those of answers, where wanted, in `grader.kept`.
"""

import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import RLock

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from grader.encoder import Encoder, Vectors
from grader.kept import Kept

CAPACITY = 50_000
"""Vectors kept in memory, about 75 MB of the default model's."""
_FORMAT = "1"


class VectorCache:
    """An encoder that embeds each text once.

    A cached vector is the bytes the encoder gave, so nothing depends on whether it was cached.
    Rubrics and prompts go to disk; sentences of answers only if there is something to keep them in.

    Args:
        encoder: embeds what is not known yet.
        folder: where `keep` stores its vectors; None for nowhere. Made when first needed.
        build: what else can change the encoder's last digits, such as a library's version.
        capacity: vectors kept in memory, at least 1.
        kept: keeps the vectors of answers between runs; None for nowhere.
    """

    def __init__(
        self,
        encoder: Encoder,
        folder: Path | None = None,
        build: str = "",
        capacity: int = CAPACITY,
        kept: Kept | None = None,
    ) -> None:
        self.encoder = encoder
        self._folder = folder
        self._maker = "\n".join((encoder.weights_digest, encoder.dtype, encoder.device, build))
        self._capacity = capacity
        self.kept = kept
        # One array, of which only what is used takes memory: fifty thousand small ones, made and
        # dropped in threads that come and go, leave ever more holes between them.
        self._vectors = np.empty((capacity, encoder.dim), dtype=np.float32)
        self._known: OrderedDict[str, int] = OrderedDict()
        # A stream embeds in a thread of its own, beside whoever else asks.
        self._lock = RLock()
        self._writer = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self._made: dict[str, Vectors] = {}
        """Vectors that wait to be kept."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts, new ones in one call to the encoder.

        What has to be kept is written while the next texts are embedded; `settle` sees to the rest.

        Args:
            texts: any number of non-blank strings.

        Returns:
            float32 [n, d], unit rows, in the order given.
        """
        with self._lock:
            return self._encode(texts, self.kept)

    def settle(self) -> None:
        """See that all is kept that has to be, but for what another thread still embeds."""
        self._keep_beside()
        if self._writing is not None:
            self._writing.result()

    def _encode(self, texts: Sequence[str], kept: Kept | None) -> Vectors:
        found = {
            text: self._vectors[self._known[text]].copy() for text in texts if text in self._known
        }
        fresh = [text for text in dict.fromkeys(texts) if text not in found]
        if kept is not None:
            found |= self._recalled(fresh, kept)
            fresh = [text for text in fresh if text not in found]
        if fresh:
            self._keep_beside()  # what the call before has made
            made = dict(zip(fresh, self.encoder.encode(fresh), strict=True))
            found |= made
            if kept is not None:
                self._made = made
        for text in dict.fromkeys(texts):
            self._remember(text, found[text])
        if not texts:
            return np.zeros((0, self.encoder.dim), dtype=np.float32)
        return np.stack([found[text] for text in texts])

    def _keep_beside(self) -> None:
        """Keep what was made, in a thread of its own; one call's vectors at a time."""
        made, self._made = self._made, {}
        if self.kept is None or not made:
            return
        if self._writing is not None:
            self._writing.result()
        self._writing = self._writer.submit(self._keep_made, made, self.kept)

    def _keep_made(self, made: dict[str, Vectors], kept: Kept) -> None:
        kept.add({self._digest(text): vector.tobytes() for text, vector in made.items()})

    def _recalled(self, texts: Sequence[str], kept: Kept) -> dict[str, Vectors]:
        """What earlier runs have kept of some texts, by text."""
        digests = {self._digest(text): text for text in texts}
        return {
            digests[digest]: np.frombuffer(content, dtype=np.float32)
            for digest, content in kept.find(digests).items()
            if len(content) == self.encoder.dim * np.float32().itemsize
        }

    def _digest(self, text: str) -> bytes:
        """Of all that shapes a text's vector."""
        whole = f"{_FORMAT}\n{self._maker}\0{text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(whole, digest_size=32).digest()

    def keep(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that will be asked for again in another run: a rubric's.

        Args:
            texts: non-blank strings, the same list each time.

        Returns:
            As `encode`. A file that is missing, broken or made by another encoder is made anew;
            a disk that cannot be written is no obstacle. What is all in memory is not written:
            a rubric less one sentence needs no file of its own.
        """
        with self._lock:
            return self._keep(texts)

    def _keep(self, texts: Sequence[str]) -> Vectors:
        path = self._path(texts)
        if path is None or all(text in self._known for text in texts):
            return self._encode(texts, None)
        stored = self._read(path, len(texts))
        if stored is not None:
            for text, vector in zip(texts, stored, strict=True):
                self._remember(text, vector)
            return stored
        vectors = self._encode(texts, None)
        _write(path, save({"vectors": vectors}, metadata=self._label()))
        return vectors

    def _remember(self, text: str, vector: Vectors) -> None:
        place = self._known.pop(text, None)
        if place is None:
            used = len(self._known)
            place = used if used < self._capacity else self._known.popitem(last=False)[1]
        self._known[text] = place
        self._vectors[place] = vector

    def _label(self) -> dict[str, str]:
        # One entry: of several, the library does not keep the order.
        return {"made": f"{_FORMAT}\n{self._maker}"}

    def _path(self, texts: Sequence[str]) -> Path | None:
        """The file for a list of texts: its name is the digest of all that shapes the content."""
        if self._folder is None or not texts:
            return None
        key = hashlib.sha256("\0".join((_FORMAT, self._maker, *texts)).encode())
        return self._folder / f"{key.hexdigest()[:40]}.safetensors"

    def _read(self, path: Path, count: int) -> Vectors | None:
        """The vectors in a file, or None if it is not what this encoder would have written."""
        try:
            with safe_open(path, framework="np") as file:
                if file.metadata() != self._label() or list(file.keys()) != ["vectors"]:
                    return None
                vectors: Vectors = file.get_tensor("vectors")
        except (OSError, SafetensorError, ValueError):
            return None
        if vectors.shape != (count, self.encoder.dim) or vectors.dtype != np.float32:
            return None
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
        return vectors if bool(np.all(np.abs(lengths - 1.0) < 1e-3)) else None


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all; a cache that cannot be written is done without."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
