"""Keeps libraries that load models from talking to the terminal."""

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' progress bars, log lines and deprecations off the terminal."""
    for name in ("HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY", "TQDM_DISABLE"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    for name in ("sentence_transformers", "transformers", "huggingface_hub", "torch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        _silence_bars()
        yield


def _silence_bars() -> None:
    """Switch the progress bars off in libraries that are imported already."""
    for name in ("transformers.utils.logging", "huggingface_hub.utils"):
        module = sys.modules.get(name)
        for switch in ("disable_progress_bar", "disable_progress_bars"):
            if module is not None and hasattr(module, switch):
                getattr(module, switch)()
