import os
from pathlib import Path

import pytest

from grader import peak
from grader.peak import measure_peak
from grader.weights import work_per_token


@pytest.mark.parametrize("native", [True, False])
def test_the_fastest_product_is_found(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(peak, "_SECONDS", 0.01)
    monkeypatch.setattr(peak, "_SHAPES", ((16, 16, 16), (32, 8, 8)))
    monkeypatch.setattr(peak, "has_native_bf16", lambda: native)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    before = torch.get_num_threads()
    found = measure_peak()
    assert found.rate > 0
    assert (found.dtype, found.device) == ("bfloat16" if native else "float32", "cpu")
    assert torch.get_num_threads() == before
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"  # before torch is imported, or it spins


def test_the_work_of_a_token_is_counted_from_the_models_size(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    assert work_per_token(tmp_path) is None
    config.write_text('{"hidden_size": 4, "intermediate_size": 8, "num_hidden_layers": 3}')
    # A layer: four matrices of 4 x 4 and two of 4 x 8, two operations for each number in them.
    assert work_per_token(tmp_path) == 3 * 2 * (4 * 16 + 2 * 32)
    config.write_text('{"hidden_size": 4}')
    assert work_per_token(tmp_path) is None
    config.write_text("no JSON")
    assert work_per_token(tmp_path) is None
