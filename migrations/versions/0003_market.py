"""Instruments by date, feeds, closed bars, gaps of feeds, and what tenants imported."""

from alembic import op

from fairlead.infra.rls import protect, share

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the market slice."""
    _instruments()
    _feeds()
    _closed_bars()
    _imports()


def _instruments() -> None:
    op.execute("""
        CREATE TABLE instruments (
            key text NOT NULL,
            valid_from timestamptz NOT NULL DEFAULT '-infinity',
            tick numeric CHECK (tick > 0),
            lot numeric NOT NULL CHECK (lot > 0),
            min_notional numeric NOT NULL DEFAULT 0 CHECK (min_notional >= 0),
            currency text NOT NULL,
            calendar text NOT NULL,
            day_offset_ms integer NOT NULL DEFAULT 0,
            shorting boolean NOT NULL,
            max_leverage integer NOT NULL CHECK (max_leverage BETWEEN 1 AND 1000),
            status text NOT NULL DEFAULT 'trading' CHECK (status IN ('trading', 'halted', 'ended')),
            PRIMARY KEY (key, valid_from)
        )
    """)
    share(op, "instruments", engine="SELECT,INSERT,UPDATE", system="SELECT,INSERT,UPDATE")


def _feeds() -> None:
    op.execute("""
        CREATE TABLE feeds (
            name text PRIMARY KEY,
            kind text NOT NULL,
            config jsonb NOT NULL DEFAULT '{}',
            enabled boolean NOT NULL DEFAULT true,
            cursor jsonb NOT NULL DEFAULT '{}',
            fence bigint NOT NULL DEFAULT 0,
            status text NOT NULL DEFAULT 'new',
            detail text NOT NULL DEFAULT '',
            heartbeat_at timestamptz,
            last_bar_at timestamptz,
            late_ticks bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        ) WITH (fillfactor = 50)
    """)
    share(op, "feeds", engine="SELECT,INSERT,UPDATE", system="SELECT,INSERT,UPDATE,DELETE")
    op.execute("""
        CREATE TABLE feed_gaps (
            feed text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            from_ts bigint NOT NULL,
            to_ts bigint NOT NULL CHECK (to_ts > from_ts),
            reason text NOT NULL,
            noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (feed, instrument, timeframe, from_ts)
        )
    """)
    share(op, "feed_gaps", engine="SELECT,INSERT", system="SELECT,DELETE")


def _closed_bars() -> None:
    # The row is the announcement: what is not here was not closed, whatever the bus said.
    op.execute("""
        CREATE TABLE closed_bars (
            instrument text NOT NULL,
            timeframe text NOT NULL,
            ts bigint NOT NULL,
            open double precision NOT NULL,
            high double precision NOT NULL,
            low double precision NOT NULL,
            close double precision NOT NULL,
            volume double precision NOT NULL,
            feed text NOT NULL,
            closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (instrument, timeframe, ts),
            CHECK (low > 0 AND high < 'Infinity' AND volume >= 0 AND volume < 'Infinity'
                   AND low <= open AND open <= high AND low <= close AND close <= high)
        )
    """)
    op.execute("CREATE INDEX closed_bars_age ON closed_bars (closed_at)")
    share(op, "closed_bars", engine="SELECT,INSERT,DELETE", system="SELECT,DELETE")


def _imports() -> None:
    op.execute("""
        CREATE TABLE data_imports (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            file_name text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            scope text NOT NULL CHECK (scope IN ('private', 'shared')),
            report jsonb NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (user_id, id)
        )
    """)
    protect(op, "data_imports", app="SELECT,INSERT", system="SELECT,DELETE")


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute("DROP TABLE data_imports, closed_bars, feed_gaps, feeds, instruments")
