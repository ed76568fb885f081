"""Makes the OpenVINO graph of a model, holds it against torch, and keeps it in the cache folder."""

import hashlib
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from grader.openvino_encoder import (
    BACKEND,
    FORMAT,
    GRAPH,
    RECORD,
    STEP,
    GraphRecord,
    OpenVinoEncoder,
    core,
    import_openvino,
    settings,
)
from grader.processor import processor_name, threads
from grader.sentence_encoder import SentenceEncoder, load_weights
from grader.weights import Weights, file_digest

LEAST_COSINE = {"float32": 0.99999, "bfloat16": 0.9995}
"""How near its vectors have to come to torch's in float32."""
_TOKENIZER = "tokenizer.json"
_WORDS = (
    "we would ask how the test data was collected , and whether it leaked into training ; then "
    "compare 3.5 % fewer errors with the cost of a larger model for our own customers , not theirs"
).split()
_SIZES = (1, 2, 4, 5, 7, 9, 11, 14, 18, 22, 27, 33, 40, 52, 80, 130, 300)
_ROWS = (1, 2, 3, 5, 8, 13, 21)
_SPREAD = 24
"""Distinct texts of a size that are looked at in batches of each number of rows."""


def place_of(weights: Weights, dtype: str, folder: Path) -> Path:
    """Where the graph of these weights lies: another library or processor has another place."""
    parts = (str(FORMAT), str(STEP), weights.digest, dtype, *_made_with())
    return folder / f"{BACKEND}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:24]}"


def read_record(place: Path) -> GraphRecord | None:
    """Read what a stored graph says of itself; None if it is not there, or not whole."""
    try:
        record = GraphRecord.model_validate_json((place / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None
    if record.refused is None:
        for name, digest in record.digests.items():
            if not (place / name).is_file() or file_digest(place / name) != digest:
                return None
    return record


def make_graph(weights: Weights, dtype: str, place: Path) -> GraphRecord:
    """Make the graph and look whether it does as torch does; takes some ten seconds.

    It is put in place whole or not at all, and nobody's is replaced.

    Args:
        weights: what to make it from.
        dtype: what it shall compute in, `float32` or `bfloat16`.
        place: the folder to make, as `place_of` names it.

    Returns:
        What was stored; its `refused` says why it must not be used.

    Raises:
        ModelMissingError: torch cannot load the weights.
        OSError: the folder cannot be written.
    """
    model = load_weights(weights, "cpu", "float32")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{BACKEND}-") as name:
        made = Path(name) / "graph"
        made.mkdir()
        record = GraphRecord(
            weights_digest=weights.digest,
            dtype=dtype,
            made_with=", ".join(_made_with()),
            digests={},
            limit=max(1, model.limit),
            dim=model.dim,
            pad=model.pad,
            tokenizer=_TOKENIZER,
        )
        record = _checked(model, weights, record, made)
        (made / RECORD).write_text(record.model_dump_json(indent=2), encoding="utf-8")
        if read_record(place) is None:
            shutil.rmtree(place, ignore_errors=True)
            made.rename(place)
    return record


def _checked(
    model: SentenceEncoder, weights: Weights, record: GraphRecord, made: Path
) -> GraphRecord:
    """Write the graph and try it."""
    if not model.limit or not (weights.folder / _TOKENIZER).is_file():
        return record.model_copy(update={"refused": "it is no transformer with a tokenizer.json"})
    try:
        _convert(model, made, record.dtype)
    except Exception as error:  # noqa: BLE001 - whatever the library cannot convert runs in torch
        return record.model_copy(update={"refused": f"it cannot be converted ({error})"[:300]})
    record = record.model_copy(update={"digests": {GRAPH: file_digest(made / GRAPH)}})
    graph = OpenVinoEncoder(made, record, weights, threads())
    texts = samples()
    if graph.token_ids(texts) != [model.tokens(text) for text in texts]:
        return record.model_copy(update={"refused": "its tokenizer cuts texts differently"})
    near = float(np.einsum("ij,ij->i", graph.encode(texts), model.encode(texts)).min())
    found: dict[str, object] = {"cosine": near}
    if near < LEAST_COSINE[record.dtype]:
        found["refused"] = f"its vectors differ from torch's (cosine {near:.6f})"
    elif not keeps_to_itself(graph):
        found["refused"] = "its vectors depend on the number of texts embedded together"
    return record.model_copy(update=found)


def samples() -> list[str]:
    """Texts of all lengths, up to more than a model's window."""
    return [" ".join((_WORDS * 9)[at : at + size]) for size in _SIZES for at in (0, 5, 11)]


def keeps_to_itself(encoder: OpenVinoEncoder) -> bool:
    """Look whether texts get the same bytes in batches of any number of rows."""
    for size in _SIZES[:-2]:
        texts = [" ".join((_WORDS * 4)[at : at + size]) for at in range(_SPREAD)]
        together = _bytes(encoder, texts)
        for rows in _ROWS:
            if _bytes(encoder, texts[:rows]) != together[:rows]:
                return False
    return True


def _bytes(encoder: OpenVinoEncoder, texts: Sequence[str]) -> list[bytes]:
    return [vector.tobytes() for vector in encoder.encode(texts)]


def _made_with() -> tuple[str, ...]:
    names = ("openvino", "torch", "transformers", "tokenizers")
    return (*(f"{name} {version(name)}" for name in names), processor_name())


def _convert(model: SentenceEncoder, made: Path, dtype: str) -> None:
    """Trace the model's modules in turn and store them as one graph, ready to compute in `dtype`.

    Its inputs are token ids and mask, int64 [rows, length]; its outputs the sentence vectors,
    float32 [rows, d], and the token vectors, float32 [rows, length, d].
    """
    import torch

    ov: Any = import_openvino()
    # Not `openvino.convert_model`: it belongs to the tools that report to their makers.
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(model.modules)

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            found: Any = {"input_ids": ids, "attention_mask": mask}
            if model.has_types:
                found["token_type_ids"] = torch.zeros_like(ids)
            for part in self.parts:
                found = part(found)
            return found["sentence_embedding"], found["token_embeddings"]

    ids = torch.ones((3, 12), dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[0, 7:] = 0
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        decoder = TorchScriptPythonDecoder(Whole().eval(), example_input=(ids, mask))
        reader = FrontEndManager().load_by_framework("pytorch")
        graph = reader.convert(reader.load(decoder))
    for given in graph.inputs:
        given.get_node().set_element_type(ov.Type.i64)
        given.get_node().set_partial_shape(ov.PartialShape([-1, -1]))
    graph.validate_nodes_and_infer_types()
    with tempfile.TemporaryDirectory(dir=made) as name:
        # By way of a file: prepared straight from memory, the last digits are others.
        plain = Path(name) / "graph.xml"
        ov.save_model(graph, plain, compress_to_fp16=False)
        read = core().read_model(plain)
        prepared = core().compile_model(read, "CPU", settings(dtype, threads()))
        (made / GRAPH).write_bytes(prepared.export_model().getvalue())
