"""A record on a PostgreSQL server: who may do what, and a server that goes away."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import Server, ServerPlace
from proxy import Proxy
from sqlalchemy import make_url

from questionbank.attempt import Attempt, AttemptKind
from questionbank.database import REVISIONS, metadata
from questionbank.errors import StoreError
from questionbank.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPARE = "FATAL", "connection to server", "s3cr3t"
"""What no message holds: the driver's noise, and the password."""


def open_store(target: str, patience: float = 10.0) -> Store:
    return Store.open(target, clock=lambda: NOON, patience=patience)


def make_attempt(number: int) -> Attempt:
    return Attempt(
        id=f"{number:032x}", kind=AttemptKind.QUIZ, started=NOON, steps=(), seed=1, person="Ada"
    )


@pytest.fixture
def place(server: Server) -> ServerPlace:
    return server.place()


@pytest.fixture
def proxy(place: ServerPlace) -> Iterator[Proxy]:
    open_store(place.target).close()
    with Proxy(place) as proxy:
        yield proxy


def trouble(target: str, patience: float = 10.0) -> str:
    """What a user reads who opens a record."""
    with pytest.raises(StoreError) as caught:
        open_store(target, patience).close()
    password = make_url(target).password
    assert password is None or str(password) not in str(caught.value)
    return told(caught.value)


def told(error: StoreError) -> str:
    said = str(error)
    assert "\n" not in said
    assert not any(word in said for word in SPARE)
    return said


# The schema


def test_the_migrated_schema_is_the_one_the_code_uses(place: ServerPlace) -> None:
    open_store(place.target).close()
    with place.connection() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_database_may_hold_tables_of_others(place: ServerPlace) -> None:
    place.run("CREATE TABLE payroll (id integer)")
    with open_store(place.target) as store:
        assert store.append_attempt(make_attempt(1))
    assert place.dump("payroll") == []


def test_a_table_that_another_program_made_is_left_alone(place: ServerPlace) -> None:
    place.run("CREATE TABLE entries (id integer)")
    said = trouble(place.target)
    assert 'relation "entries" already exists, made by another program' in said
    assert place.rows("SELECT to_regclass('alembic_version')") == [(None,)]


def test_the_revision_of_another_program_is_left_alone(place: ServerPlace) -> None:
    place.run(
        "CREATE TABLE alembic_version (version_num text)",
        "INSERT INTO alembic_version VALUES ('a1')",
    )
    assert "this is another program's database" in trouble(place.target)
    assert place.rows("SELECT to_regclass('entries')") == [(None,)]


def test_a_record_from_a_newer_version_is_refused(place: ServerPlace) -> None:
    open_store(place.target).close()
    place.run("UPDATE alembic_version SET version_num = '9042'")
    assert "made by a newer questionbank (revision 9042)" in trouble(place.target)


def test_plain_postgresql_means_the_driver_the_extra_brings(place: ServerPlace) -> None:
    with open_store(place.target.replace("postgresql+psycopg:", "postgresql:")) as store:
        assert store.label.startswith("postgresql+psycopg://")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_holds_every_text_or_is_refused(server: Server, encoding: str) -> None:
    url = server.url.set(database=f"{server.url.database}_{encoding.lower()}")
    made = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    server.execute(f"CREATE DATABASE {url.database} {made}")
    try:
        target = url.render_as_string(hide_password=False)
        if encoding == "LATIN1":
            assert "holds texts as LATIN1" in trouble(target)
            return
        attempt = make_attempt(1).model_copy(update={"person": "Ада — 李"})
        with open_store(target) as store:
            store.append_attempt(attempt)
            assert store.attempts()[0].attempt == attempt
            assert store.verify().sound
    finally:
        server.execute(f"DROP DATABASE {url.database} WITH (FORCE)")


# Rights


def documented_grants(group: str, person: str) -> list[str]:
    """The statements of docs/record.md, for roles of other names."""
    page = (Path(__file__).parents[2] / "docs" / "record.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    lines = [line.partition("--")[0].strip().rstrip(";") for line in block.splitlines()]
    return [line.replace("interviewers", group).replace("ada", person) for line in lines]


@pytest.fixture
def member(server: Server, place: ServerPlace) -> Iterator[str]:
    """A record, and a user with the rights that docs/record.md gives to people of a team."""
    open_store(place.target).close()
    group, person = f"{server.url.database}_group", f"{server.url.database}_member"
    place.run(
        *documented_grants(group, person),
        f"ALTER ROLE {person} PASSWORD 's3cr3t-word'",
        f"GRANT USAGE ON SCHEMA {place.one('SELECT current_schema()')} TO {group}",
    )
    url = place.url.set(username=person, password="s3cr3t-word")  # noqa: S106 - for a minute
    yield url.render_as_string(hide_password=False)
    place.run(f"DROP OWNED BY {group}", f"DROP ROLE {person}, {group}")


def test_a_member_of_a_team_needs_few_rights(member: str) -> None:
    with open_store(member) as store:
        assert store.append_attempt(make_attempt(1))
        assert store.attempts()[0].attempt == make_attempt(1)
        assert store.verify().sound


def test_a_right_that_is_missing_is_named_with_whom_to_ask(member: str, place: ServerPlace) -> None:
    group = f"{place.url.database}_group"
    place.run(f"REVOKE INSERT ON entries FROM {group}")
    with open_store(member) as store, pytest.raises(StoreError) as caught:
        store.append_attempt(make_attempt(1))
    assert told(caught.value).endswith(
        "permission denied for table entries; "
        "ask whoever looks after the database for the rights in docs/record.md; "
        "nothing was written"
    )


def test_who_may_not_make_tables_is_told_so(member: str, place: ServerPlace) -> None:
    schema = place.one("SELECT current_schema()")
    empty = member.replace(schema, f"{schema}_empty")
    place.run(f"CREATE SCHEMA {schema}_empty", f"GRANT USAGE ON SCHEMA {schema}_empty TO PUBLIC")
    assert f"permission denied for schema {schema}_empty; ask whoever" in trouble(empty)


# Others at work


def test_a_record_locked_for_too_long_is_reported_and_nothing_is_lost(place: ServerPlace) -> None:
    with open_store(place.target, patience=0.2) as store:
        with place.connection() as other:
            other.exec_driver_sql("SELECT pg_advisory_xact_lock(7161986131977215)")
            with pytest.raises(StoreError, match=r"kept it locked for 0\.2 s; close that program"):
                store.append_attempt(make_attempt(1))
            assert store.attempts() == ()
        assert store.append_attempt(make_attempt(1))


def test_reading_sees_one_moment_whatever_others_append(place: ServerPlace) -> None:
    with open_store(place.target) as reader, open_store(place.target) as writer:
        writer.append_attempt(make_attempt(1))
        with reader._database.reading() as connection:
            count = "SELECT count(*) FROM entries"
            assert connection.exec_driver_sql(count).scalar() == 1
            writer.append_attempt(make_attempt(2))
            assert connection.exec_driver_sql(count).scalar() == 1
        assert len(reader.attempts()) == 2


# A server that cannot be reached


def test_a_server_that_is_not_there_is_named_with_what_to_do(server: Server) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    url = server.url.set(port=port, username="ada", password="s3cr3t-word")  # noqa: S106
    assert trouble(url.render_as_string(hide_password=False)) == (
        f"postgresql+psycopg://ada:***@{url.host}:{port}/{url.database}: "
        "no connection to the server (Connection refused); "
        "see that it runs and lets you in, then try again; nothing was written"
    )


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(server: Server) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = server.url.set(host="127.0.0.1", port=silent.getsockname()[1])
        said = trouble(url.render_as_string(hide_password=False), patience=2)
    assert "no connection to the server (no answer in time)" in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"username": "nobody_s", "password": "s3cr3t-word"}, "nobody_s"),
    ],
)
def test_a_server_that_turns_one_away_is_quoted(
    server: Server, change: dict[str, str], reason: str
) -> None:
    said = trouble(server.url.set(**change).render_as_string(hide_password=False))
    assert "no connection to the server (" in said
    assert reason in said


def test_an_option_that_the_driver_does_not_know_is_named(place: ServerPlace) -> None:
    url = place.url.update_query_dict({"nonsense": "1"})
    assert 'invalid connection option "nonsense"' in trouble(
        url.render_as_string(hide_password=False)
    )


# A server that goes away


def test_a_server_lost_between_two_appends_takes_nothing_with_it(proxy: Proxy) -> None:
    with open_store(proxy.target) as store:
        store.append_attempt(make_attempt(1))
        proxy.cut()
        for act in (lambda: store.append_attempt(make_attempt(2)), store.attempts):
            with pytest.raises(StoreError) as caught:
                act()
            assert "no connection to the server (Connection refused)" in told(caught.value)
            assert str(proxy.password) not in str(caught.value)
        proxy.mend()
        assert store.append_attempt(make_attempt(2))
        assert store.verify().entries == 2


def test_a_server_lost_amid_an_append_has_nothing_of_it(proxy: Proxy) -> None:
    with open_store(proxy.target) as store:
        proxy.cut_before = b"INSERT INTO entries"
        with pytest.raises(StoreError, match="connection to the server was lost") as caught:
            store.append_attempt(make_attempt(1))
        assert told(caught.value).endswith("was lost; nothing was written")
        proxy.mend()
        assert store.verify().entries == 0
        assert store.append_attempt(make_attempt(1))


@pytest.mark.parametrize(("after", "entries"), [(False, 0), (True, 1)])
def test_a_server_lost_at_the_very_end_has_all_or_nothing_and_the_message_says_so(
    proxy: Proxy, after: bool, entries: int
) -> None:
    with open_store(proxy.target) as store:
        if after:
            proxy.cut_after = b"COMMIT\0"  # the server's word for what is done, as well
        else:
            proxy.cut_before = b"COMMIT\0"
        with pytest.raises(StoreError) as caught:
            store.append_attempt(make_attempt(1))
        assert told(caught.value).endswith(
            "the connection to the server was lost while it was writing; "
            "the last entry is either there whole or not at all"
        )
        proxy.mend()
        assert store.verify().entries == entries
        # The same once more neither fails nor doubles it.
        assert store.append_attempt(make_attempt(1)) is not after
        assert store.verify().entries == 1


def test_a_server_that_is_shut_down_is_told_like_a_lost_one(
    server: Server, place: ServerPlace
) -> None:
    def read(store: Store) -> None:
        with store._database.reading() as connection:
            mine = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            server.execute(f"SELECT pg_terminate_backend({mine})")
            connection.exec_driver_sql("SELECT 1")

    with open_store(place.target) as store, pytest.raises(StoreError) as caught:
        read(store)
    assert "the connection to the server was lost; nothing was written" in told(caught.value)


def test_the_revision_in_use_is_the_newest(place: ServerPlace) -> None:
    open_store(place.target).close()
    assert place.one("SELECT version_num FROM alembic_version") == REVISIONS[-1]
