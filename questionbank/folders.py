"""Where things are kept on this machine."""

from collections.abc import Mapping
from pathlib import Path

import platformdirs

from questionbank.errors import StoreError, UsageError

HOME_VARIABLE = "QUESTIONBANK_HOME"
"""The environment variable that moves everything into one folder of the user's choice."""
CACHE_VARIABLE = "QUESTIONBANK_CACHE_MB"
"""The environment variable that says how many megabytes may hold what is remembered of answers."""
_CACHE_MB = 2000
_MOST_MB = 1_000_000
_NAME = "questionbank"


def data_folder(environ: Mapping[str, str]) -> Path:
    """Find the folder of the record and the drafts, and make it if need be.

    Args:
        environ: the environment; `QUESTIONBANK_HOME` in it overrides the platform's folder.

    Returns:
        An absolute path; mode 0700 where it was made here.

    Raises:
        StoreError: it cannot be made.
    """
    home = environ.get(HOME_VARIABLE)
    return private_folder(Path(home or platformdirs.user_data_dir(_NAME, appauthor=False)))


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Find the folder of what can be computed again, and make it if need be.

    Args:
        environ: the environment; `QUESTIONBANK_HOME` in it overrides the platform's folder.

    Returns:
        An absolute path; mode 0700 where it was made here.

    Raises:
        StoreError: it cannot be made.
    """
    home = environ.get(HOME_VARIABLE)
    if home:
        return private_folder(Path(home) / "cache")
    return private_folder(Path(platformdirs.user_cache_dir(_NAME, appauthor=False)))


def answers_mb(environ: Mapping[str, str]) -> int:
    """How many megabytes of the cache folder vectors and grades of answers may take.

    Args:
        environ: the environment; `QUESTIONBANK_CACHE_MB` in it overrides the 2,000 that are usual.

    Returns:
        0 for nothing at all.

    Raises:
        UsageError: the variable says no whole number of megabytes.
    """
    said = environ.get(CACHE_VARIABLE, "").strip()
    if not said:
        return _CACHE_MB
    if not (said.isascii() and said.isdecimal() and len(said) < 9 and int(said) <= _MOST_MB):
        raise UsageError(f"{CACHE_VARIABLE}: {said!r} is no number of megabytes, 0 to {_MOST_MB}")
    return int(said)


def database_url(folder: Path) -> str:
    """Name the SQLite database in a data folder, as an SQLAlchemy URL.

    Raises:
        StoreError: the folder's name cannot stand in a URL.
    """
    path = folder / f"{_NAME}.db"
    if "?" in str(path):
        raise StoreError(f"{folder}: a data folder may not have ? in its name; set {HOME_VARIABLE}")
    return f"sqlite:///{path}"


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter; one that exists is left as it is.

    Args:
        path: the folder; parents are made too.

    Returns:
        The absolute path.

    Raises:
        StoreError: it cannot be made, or something else stands there.
    """
    path = path.absolute()
    try:
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)  # mkdir's mode passes through the umask
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(
            f"{path}: the folder cannot be made ({reason}); "
            f"set {HOME_VARIABLE} to a folder you can write to"
        ) from error
    return path
