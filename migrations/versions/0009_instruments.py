"""The dated catalogue of instruments as venues list them, and fetches of past candles."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tell where terms come from and when a contract ends; create the table of fetches."""
    op.execute("""
        ALTER TABLE instruments
            ADD COLUMN source text NOT NULL DEFAULT '',
            ADD COLUMN venue_symbol text NOT NULL DEFAULT '',
            ADD COLUMN ends_at timestamptz,
            ADD COLUMN renamed_to text
    """)
    op.execute("CREATE INDEX instruments_source ON instruments (source, key, valid_from DESC)")
    op.execute("""
        CREATE TABLE data_fetches (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            provider text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            from_ms bigint NOT NULL,
            to_ms bigint NOT NULL CHECK (to_ms > from_ms),
            status text NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'running', 'done', 'failed')),
            attempt integer NOT NULL DEFAULT 0,
            report jsonb,
            error_kind text,
            error text,
            created_at timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            PRIMARY KEY (user_id, id),
            CHECK ((status IN ('done', 'failed')) = (finished_at IS NOT NULL)),
            CHECK ((status = 'failed') = (error IS NOT NULL))
        )
    """)
    protect(op, "data_fetches", app="SELECT,INSERT,UPDATE")


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute("DROP TABLE data_fetches")
    op.execute("DROP INDEX instruments_source")
    op.execute("""
        ALTER TABLE instruments DROP COLUMN source, DROP COLUMN venue_symbol,
            DROP COLUMN ends_at, DROP COLUMN renamed_to
    """)
