"""Where a record is: the URL or the path a user gives, and what of it may be shown."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from questionbank.errors import StoreError

_BINARIES = {"psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary"}
"""What to install for a driver so that no compiler is needed."""
_LIBPQ_DRIVERS = {"postgresql+psycopg", "postgresql+psycopg2"}
"""Those that hand their options to libpq."""


def parse_url(url_or_path: str | Path) -> URL:
    """Make a URL of what was given.

    Raises:
        StoreError: it is none, or names what cannot hold a record.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return URL.create("sqlite", database=str(Path(url_or_path).absolute()))
    try:
        url = make_url(url_or_path)
        backend, driver = url.get_backend_name(), url.drivername
    except (ArgumentError, ValueError) as error:  # the URL may hold a password: do not repeat it
        raise StoreError(
            "--db: this is no database URL; write a path or, for example, "
            "postgresql+psycopg://user@host/name"
        ) from error
    if "@" in (url.host or ""):  # part of the password: repeat nothing of it
        raise StoreError("--db: this is no database URL; write an @ in the password as %40")
    if backend not in {"sqlite", "postgresql"}:
        raise StoreError(
            f"{label_of(url)}: {backend} databases are not supported; use sqlite or postgresql"
        )
    if driver == "postgresql":  # SQLAlchemy's own default has changed over time
        url = url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        if driver not in {"sqlite", "sqlite+pysqlite"}:
            raise StoreError(
                f"{label_of(url)}: the driver {driver} is not supported; use sqlite:///"
            )
        name = url.database or ":memory:"
        if name == ":memory:" or name.startswith("file:"):
            raise StoreError(f"{driver}:///{name}: the record needs a file; write its path")
        if url.query:
            raise StoreError(f"{name}: an SQLite URL takes no options here; leave out the ?")
        url = url.set(database=str(Path(name).absolute()))
    return url


def label_of(url: URL) -> str:
    """Name a database without user's secrets: the password, and all options."""
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database
    return url.set(query={}).render_as_string(hide_password=True)


def secrets_of(url: URL) -> list[str]:
    """What a message must never hold."""
    secrets = [str(url.password)] if url.password else []
    return secrets + [str(value) for key, value in url.query.items() if "pass" in key.lower()]


def no_driver(url: URL, error: Exception) -> StoreError:
    """Say why there is no engine for a URL, and what to install where that helps."""
    if isinstance(error, ImportError):
        package = str(error.name or url.drivername).split(".")[0]
        return StoreError(
            f"{label_of(url)}: the driver {package} is not installed; install it with: "
            f"pip install {_BINARIES.get(package, package)}"
        )
    if isinstance(error, NoSuchModuleError):
        return StoreError(f"{label_of(url)}: there is no driver {url.drivername}")
    return StoreError(f"{label_of(url)}: this URL cannot be used; check its options")


def options_of(url: URL, patience: float) -> dict[str, int | str]:
    """How to connect to a server; what the URL itself says goes before.

    Args:
        url: of a server.
        patience: seconds to wait for one that has fallen silent.
    """
    if url.drivername not in _LIBPQ_DRIVERS:
        return {}
    seconds = max(2, round(patience))  # libpq takes 1 for 2
    options: dict[str, int | str] = {
        "client_encoding": "utf8",  # whatever the machine's: psycopg gives bytes for SQL_ASCII
        "connect_timeout": seconds,
        "tcp_user_timeout": 1000 * seconds,
        "keepalives_idle": seconds,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    return {name: value for name, value in options.items() if name not in url.query}
