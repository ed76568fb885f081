"""These run where `openvino` is installed: pip install 'questionbank[openvino]'."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from grader import openvino_graph
from grader.encoder import backend_of
from grader.loading import GraderSettings, load_grader
from grader.openvino_encoder import (
    BUDGET,
    RECORD,
    STEP,
    GraphRecord,
    OpenVinoEncoder,
    batches,
)
from grader.sentence_encoder import SentenceEncoder, load_encoder
from grader.weights import Weights, folder_weights

WORDS = "we run a trial , check the own data and compare it ?".split()
TEXTS = [" ".join((WORDS * 4)[:size]) for size in (1, 5, 9, 14, 20, 28, 36, 48, 9, 5)]


@pytest.mark.parametrize("lengths", [[], [3], [5, 9, 5, 30, 31, 700], [7] * 500])
def test_every_text_is_in_one_batch_of_its_own_length(lengths: list[int]) -> None:
    found = list(batches(lengths))
    assert sorted(index for part, _ in found for index in part) == list(range(len(lengths)))
    for part, length in found:
        assert len(part) == 1 or len(part) * length <= BUDGET
        assert {-(-lengths[index] // STEP) * STEP for index in part} == {length}


@pytest.fixture(scope="module")
def weights(tiny_model: Path) -> Weights:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    return folder_weights(tiny_model)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def encoder(request: pytest.FixtureRequest, weights: Weights, folder: Path) -> OpenVinoEncoder:
    place = openvino_graph.place_of(weights, request.param, folder)
    record = openvino_graph.make_graph(weights, request.param, place)
    assert record.refused is None, record.refused
    assert openvino_graph.read_record(place) == record
    return OpenVinoEncoder(place, record, weights, threads=2)


@pytest.fixture(scope="module")
def torch_encoder(tiny_model: Path) -> SentenceEncoder:
    return load_encoder(str(tiny_model), "cpu", "float32")


def test_a_graph_gives_what_torch_gives(
    encoder: OpenVinoEncoder, torch_encoder: SentenceEncoder
) -> None:
    near = 1e-5 if encoder.dtype == "float32" else 0.05
    assert encoder.encode(TEXTS) == pytest.approx(torch_encoder.encode(TEXTS), abs=near)
    assert encoder.token_ids(TEXTS) == [torch_encoder.tokens(text) for text in TEXTS]
    pairs = zip(encoder.encode_tokens(TEXTS), torch_encoder.encode_tokens(TEXTS), strict=True)
    for found, expected in pairs:
        assert found.rarity.tolist() == expected.rarity.tolist()
        assert found.vectors == pytest.approx(expected.vectors, abs=near)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: OpenVinoEncoder) -> None:
    single = np.vstack([encoder.encode([text]) for text in TEXTS])
    for turn in range(4):
        order = np.random.default_rng(turn).permutation(len(TEXTS) * (1 + 40 * turn)) % len(TEXTS)
        assert encoder.encode([TEXTS[at] for at in order]).tobytes() == single[order].tobytes()


def test_no_thread_is_bound_to_a_core_that_another_process_may_use(
    encoder: OpenVinoEncoder, weights: Weights, folder: Path
) -> None:
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("this system has one core, or does not say where threads may run")
    place = openvino_graph.place_of(weights, encoder.dtype, folder)
    alone = OpenVinoEncoder(place, encoder._record, weights, threads=1)
    busy = Thread(target=lambda: alone.encode(TEXTS * 400))
    looks, bound = 0, set()
    busy.start()
    while busy.is_alive():
        for task in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):
                if os.sched_getaffinity(int(task.name)) != os.sched_getaffinity(0):
                    bound.add(task.name)
        looks += 1
    assert looks > 2
    assert not bound


def test_nothing_gives_nothing_and_tokens_are_counted(encoder: OpenVinoEncoder) -> None:
    before = encoder.embedded
    assert encoder.encode([]).shape == (0, encoder.dim)
    assert encoder.encode_tokens([]) == []
    encoder.encode(["we run"])
    assert encoder.embedded - before == 4
    assert (encoder.device, encoder.backend, encoder.name) == ("cpu", "openvino", "tiny")
    assert "openvino" in encoder.build


@pytest.mark.parametrize("harm", ["no record", "no graph", "other bytes"])
def test_a_graph_that_is_not_whole_is_made_again(harm: str, weights: Weights, folder: Path) -> None:
    place = openvino_graph.place_of(weights, "float32", folder / harm)
    openvino_graph.make_graph(weights, "float32", place)
    if harm == "no record":
        (place / RECORD).unlink()
    elif harm == "no graph":
        (place / "graph.blob").unlink()
    else:
        (place / "graph.blob").write_bytes(b"other")
    assert openvino_graph.read_record(place) is None
    made = openvino_graph.make_graph(weights, "float32", place)
    assert openvino_graph.read_record(place) == made
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def _differs(given: OpenVinoEncoder, texts: Sequence[str]) -> list[list[int]]:
    return [[1] for _ in texts]


@pytest.mark.parametrize(
    ("name", "replacement", "reason"),
    [
        ("_convert", None, "cannot be converted"),
        ("keeps_to_itself", lambda encoder: False, "depend on the number of texts"),
        ("LEAST_COSINE", {"float32": 1.1}, "differ from torch's"),
    ],
)
def test_a_graph_that_fails_its_trial_is_refused(
    name: str,
    replacement: object,
    reason: str,
    weights: Weights,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openvino_graph, name, replacement)
    place = openvino_graph.place_of(weights, "float32", tmp_path)
    record = openvino_graph.make_graph(weights, "float32", place)
    assert record.refused is not None
    assert reason in record.refused
    assert openvino_graph.read_record(place) == record


def test_a_tokenizer_that_cuts_differently_is_refused(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenVinoEncoder, "token_ids", _differs)
    record = openvino_graph.make_graph(weights, "float32", tmp_path / "graph")
    assert "tokenizer" in (record.refused or "")


def test_rows_that_depend_on_their_number_are_noticed(encoder: OpenVinoEncoder) -> None:
    class Swayed:
        def encode(self, texts: Sequence[str]) -> object:
            return encoder.encode(texts) + np.float32(len(texts))

    assert openvino_graph.keeps_to_itself(encoder)
    assert not openvino_graph.keeps_to_itself(Swayed())  # type: ignore[arg-type]


def test_the_library_reports_to_nobody_and_needs_no_torch(
    encoder: OpenVinoEncoder, weights: Weights, folder: Path
) -> None:
    place = openvino_graph.place_of(weights, encoder.dtype, folder)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from grader.openvino_encoder import OpenVinoEncoder, GraphRecord\n"
        "from grader.weights import folder_weights\n"
        f"place = Path({str(place)!r})\n"
        "record = GraphRecord.model_validate_json((place / 'record.json').read_bytes())\n"
        f"made = OpenVinoEncoder(place, record, folder_weights(Path({str(weights.folder)!r})), 1)\n"
        "made.encode(['we run a trial'])\n"
        "heavy = ('torch', 'transformers', 'openvino_telemetry', 'openvino.tools.ovc')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_signal_finds_the_process_alive_when_graphs_have_come_and_gone(
    encoder: OpenVinoEncoder, weights: Weights, folder: Path
) -> None:
    place = openvino_graph.place_of(weights, encoder.dtype, folder)
    code = (
        "import gc, os, signal, sys\n"
        "from pathlib import Path\n"
        "from grader.openvino_encoder import OpenVinoEncoder\n"
        "from grader.openvino_graph import read_record\n"
        "from grader.weights import folder_weights\n"
        "signal.signal(signal.SIGTERM, lambda number, frame: print('told to end'))\n"
        "place, weights = Path(sys.argv[1]), folder_weights(Path(sys.argv[2]))\n"
        "first = OpenVinoEncoder(place, read_record(place), weights, 1)\n"
        "second = OpenVinoEncoder(place, read_record(place), weights, 1)\n"
        "del first\n"
        "gc.collect()\n"
        "del second\n"
        "gc.collect()\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(place), str(weights.folder)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "told to end\n"), done.stderr


def test_a_record_says_what_was_made(encoder: OpenVinoEncoder, folder: Path) -> None:
    found = [
        GraphRecord.model_validate_json((place / RECORD).read_bytes())
        for place in folder.glob("openvino-*")
    ]
    (record,) = (one for one in found if one.dtype == encoder.dtype)
    assert record.weights_digest == encoder.weights_digest
    assert "torch" in record.made_with
    assert record.cosine is not None
    assert record.cosine > 0.999


def test_the_graph_for_a_second_look_is_made_beside_that_in_narrow_numbers(
    tiny_model: Path, weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = GraderSettings(
        model=str(tiny_model), backend="openvino", dtype="bfloat16", cache_folder=tmp_path
    )
    grader = load_grader(settings)
    assert grader.exact is not None
    for dtype in ("bfloat16", "float32"):
        place = openvino_graph.place_of(weights, dtype, tmp_path)
        assert openvino_graph.read_record(place) is not None
    monkeypatch.setattr(openvino_graph, "make_graph", lambda *asked: pytest.fail("made again"))
    wide = grader.exact().encoder
    assert (wide.dtype, backend_of(wide)) == ("float32", "openvino")
    assert load_grader(settings).encoder.dtype == "bfloat16"
