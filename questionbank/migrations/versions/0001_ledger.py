"""The ledger: entries in a hash chain, and their personal parts in a table apart.

Revision: 0001. Entries can be added only at the end and never changed or removed; a personal part
can be removed but not changed or put back. Triggers hold that against every program.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQLITE_GUARDS = (
    """
    CREATE TRIGGER entries_follow BEFORE INSERT ON entries
    WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
      OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id OR key = NEW.key)
    BEGIN SELECT RAISE(ABORT, 'entries are added only at the end, once'); END
    """,
    """
    CREATE TRIGGER entries_stay BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END
    """,
    """
    CREATE TRIGGER entries_keep BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END
    """,
    """
    CREATE TRIGGER personal_once BEFORE INSERT ON personal
    WHEN EXISTS (SELECT 1 FROM personal WHERE entry_id = NEW.entry_id)
      OR NEW.entry_id <> (SELECT id FROM entries ORDER BY seq DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'personal text is added only with its entry'); END
    """,
    """
    CREATE TRIGGER personal_keep BEFORE UPDATE ON personal
    BEGIN SELECT RAISE(ABORT, 'personal text is never changed'); END
    """,
)

_POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION questionbank_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING MESSAGE = TG_OP || ' on ' || TG_TABLE_NAME || ' is not allowed';
    END $$
    """,
    """
    CREATE FUNCTION questionbank_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries) THEN
        RAISE EXCEPTION 'entries are added only at the end';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION questionbank_with_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.entry_id <> (SELECT id FROM entries ORDER BY seq DESC LIMIT 1) THEN
        RAISE EXCEPTION 'personal text is added only with its entry';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER entries_follow BEFORE INSERT ON entries "
    "FOR EACH ROW EXECUTE FUNCTION questionbank_follow()",
    "CREATE TRIGGER entries_keep BEFORE UPDATE OR DELETE ON entries "
    "FOR EACH ROW EXECUTE FUNCTION questionbank_refuse()",
    "CREATE TRIGGER entries_stay BEFORE TRUNCATE ON entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION questionbank_refuse()",
    "CREATE TRIGGER personal_once BEFORE INSERT ON personal "
    "FOR EACH ROW EXECUTE FUNCTION questionbank_with_entry()",
    "CREATE TRIGGER personal_keep BEFORE UPDATE ON personal "
    "FOR EACH ROW EXECUTE FUNCTION questionbank_refuse()",
)


def upgrade() -> None:
    """Make both tables and their guards."""
    op.create_table(
        "entries",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("attempt_id", sa.String(32)),
        sa.Column("key", sa.String(400), unique=True),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("personal_digest", sa.String(64)),
        sa.Column("link", sa.String(64), nullable=False),
    )
    op.create_index("ix_entries_attempt_id", "entries", ["attempt_id"])
    op.create_index("ix_entries_kind_seq", "entries", ["kind", "seq"])
    op.create_table(
        "personal",
        sa.Column("entry_id", sa.String(32), sa.ForeignKey("entries.id"), primary_key=True),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for guard in _SQLITE_GUARDS if on_sqlite else _POSTGRESQL_GUARDS:
        op.execute(guard)
