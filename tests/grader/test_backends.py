from pathlib import Path

import pytest

from grader import backends, processor
from grader.backends import load_any, may_have_gpu
from grader.encoder import backend_of
from grader.errors import ModelMissingError
from grader.sentence_encoder import SentenceEncoder


@pytest.fixture
def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "find_spec", lambda name: None)


@pytest.fixture
def with_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "find_spec", lambda name: object())
    monkeypatch.setattr(backends, "may_have_gpu", lambda: False)


@pytest.mark.usefixtures("without_openvino")
def test_torch_serves_where_openvino_is_not_installed(tiny_model: Path, tmp_path: Path) -> None:
    found = load_any(str(tiny_model), cache_folder=tmp_path)
    assert isinstance(found, SentenceEncoder)
    assert backend_of(found) is None
    with pytest.raises(ModelMissingError, match=r"pip install 'questionbank\[openvino\]'"):
        load_any(str(tiny_model), backend="openvino", cache_folder=tmp_path)


def test_a_backend_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="none of torch, openvino"):
        load_any(backend="magic")


@pytest.mark.usefixtures("with_openvino")
@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"device": "cuda"}, "not on cuda"),
        ({"dtype": "float16"}, "compute in float16"),
        ({"cache_folder": None}, "needs a cache folder"),
    ],
)
def test_what_keeps_openvino_from_serving_is_said(
    asked: dict[str, str | None], reason: str, tiny_model: Path, tmp_path: Path
) -> None:
    given = {"cache_folder": tmp_path, "backend": "openvino", **asked}
    with pytest.raises(ModelMissingError, match=reason):
        load_any(str(tiny_model), **given)  # type: ignore[arg-type]


@pytest.mark.usefixtures("with_openvino")
def test_the_choice_is_a_graph_if_it_can_be_had(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = object()
    asked: list[str] = []

    def graph(weights: object, dtype: str, folder: Path) -> object:
        asked.append(dtype)
        return made

    monkeypatch.setattr(backends, "_graph", graph)
    monkeypatch.setattr(backends, "has_native_bf16", lambda: True)
    assert load_any(str(tiny_model), cache_folder=tmp_path) is made
    assert load_any(str(tiny_model), dtype="float32", cache_folder=tmp_path) is made
    monkeypatch.setattr(backends, "has_native_bf16", lambda: False)
    assert load_any(str(tiny_model), cache_folder=tmp_path) is made
    assert asked == ["bfloat16", "float32", "float32"]
    monkeypatch.setattr(backends, "may_have_gpu", lambda: True)
    assert isinstance(load_any(str(tiny_model), cache_folder=tmp_path), SentenceEncoder)


@pytest.mark.usefixtures("with_openvino")
def test_a_refused_graph_leaves_the_model_to_torch(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "_graph", lambda *given: "its vectors differ")
    assert isinstance(load_any(str(tiny_model), cache_folder=tmp_path), SentenceEncoder)
    with pytest.raises(ModelMissingError, match="its vectors differ"):
        load_any(str(tiny_model), backend="openvino", cache_folder=tmp_path)


def test_a_graph_is_made_once_and_kept(tiny_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    first = load_any(str(tiny_model), dtype="float32", backend="openvino", cache_folder=tmp_path)
    (place,) = (path for path in tmp_path.iterdir() if path.is_dir())
    made = (place / "record.json").stat().st_mtime_ns
    again = load_any(str(tiny_model), dtype="float32", backend="openvino", cache_folder=tmp_path)
    assert backend_of(again) == "openvino"
    assert again.encode(["we run"]).tobytes() == first.encode(["we run"]).tobytes()
    assert (place / "record.json").stat().st_mtime_ns == made


def test_a_folder_that_cannot_be_written_leaves_the_model_to_torch(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    monkeypatch.setattr(backends, "may_have_gpu", lambda: False)
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert isinstance(load_any(str(tiny_model), cache_folder=blocked / "x"), SentenceEncoder)


@pytest.mark.parametrize(
    ("system", "machine", "torch", "nvidia", "expected"),
    [
        ("Darwin", "arm64", "2.9.0", False, True),
        ("Darwin", "x86_64", "2.9.0", False, False),
        ("Linux", "x86_64", "2.9.0+cpu", True, False),
        ("Linux", "x86_64", "2.9.0", True, True),
    ],
)
def test_a_graphics_processor_is_suspected_without_torch(
    system: str,
    machine: str,
    torch: str,
    nvidia: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backends.platform, "system", lambda: system)
    monkeypatch.setattr(backends.platform, "machine", lambda: machine)
    monkeypatch.setattr(backends, "version", lambda name: torch)
    monkeypatch.setattr(backends.shutil, "which", lambda name: "/usr/bin/x" if nvidia else None)
    assert may_have_gpu() is expected


@pytest.mark.parametrize(("said", "expected"), [("3", 3), ("2,1", 2), ("", None), ("many", None)])
def test_threads_are_those_asked_for_or_the_cores_we_may_use(
    said: str, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert processor.threads() == expected or (expected is None and processor.threads() >= 1)


def test_the_processor_has_a_name() -> None:
    assert processor.processor_name()
