"""Live trading: evaluations, turns, books, orders, fills, trades, commands and kill switches."""

from pathlib import Path

from alembic import op

from fairlead.infra.rls import protect, share

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = Path(__file__).parents[1] / "sql" / "live_facts.sql"
RW = "SELECT,INSERT,UPDATE"

# Rows that are rewritten often leave room on their page, so that an update stays on it (HOT).
HOT = "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0"


def upgrade() -> None:
    """Create the tables of the live slice."""
    _lineups()
    _evaluations()
    _turns()
    _model_books()
    _accounts()
    _books()
    _orders()
    _facts()
    _switches()


def _lineups() -> None:
    op.execute("""
        CREATE TABLE lineups (
            id uuid NOT NULL PRIMARY KEY,
            key text NOT NULL UNIQUE,
            owner_id uuid NOT NULL,
            turn_seq bigint NOT NULL DEFAULT 0,
            boundary_ms bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
    """)
    op.execute("""
        CREATE TABLE lineup_legs (
            lineup_id uuid NOT NULL REFERENCES lineups,
            leg smallint NOT NULL CHECK (leg BETWEEN 0 AND 49),
            version_id uuid NOT NULL,
            signal_key text NOT NULL,
            parameters jsonb NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            timeframe_ms bigint NOT NULL CHECK (timeframe_ms > 0),
            warm_from_ms bigint NOT NULL,
            PRIMARY KEY (lineup_id, leg)
        )
    """)
    op.execute("CREATE INDEX lineup_legs_series ON lineup_legs (instrument, timeframe)")
    op.execute("""
        CREATE TABLE partitions (
            id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            lineup_id uuid NOT NULL REFERENCES lineups,
            seq bigint NOT NULL,
            roster bigint NOT NULL DEFAULT 1,
            books integer NOT NULL DEFAULT 0 CHECK (books >= 0),
            boundary_ms bigint NOT NULL
        ) WITH (fillfactor = 50)
    """)
    op.execute("CREATE INDEX partitions_lineup ON partitions (lineup_id)")
    share(op, "lineups", app="", engine=RW)
    share(op, "lineup_legs", app="", engine=RW)
    share(op, "partitions", app="", engine=RW)


def _evaluations() -> None:
    op.execute("""
        CREATE TABLE evaluations (
            id uuid NOT NULL PRIMARY KEY,
            owner_id uuid NOT NULL,
            version_id uuid NOT NULL,
            signal_key text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            ts bigint NOT NULL,
            status text NOT NULL CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED')),
            attempt integer NOT NULL DEFAULT 1 CHECK (attempt > 0),
            lease_until timestamptz,
            signal smallint,
            action smallint,
            atr double precision,
            stop double precision,
            target double precision,
            last_of_session boolean,
            open double precision NOT NULL,
            high double precision NOT NULL,
            low double precision NOT NULL,
            close double precision NOT NULL,
            why jsonb NOT NULL DEFAULT '{}',
            subscribers integer NOT NULL DEFAULT 0,
            error text,
            due_at timestamptz NOT NULL,
            started_at timestamptz NOT NULL,
            completed_at timestamptz,
            UNIQUE (version_id, signal_key, instrument, timeframe, ts),
            CHECK ((status = 'RUNNING') = (action IS NULL)),
            CHECK (status NOT IN ('FAILED', 'SKIPPED') OR error IS NOT NULL)
        )
    """)
    op.execute(
        "CREATE INDEX evaluations_running ON evaluations (lease_until) WHERE status = 'RUNNING'"
    )
    op.execute("CREATE INDEX evaluations_owner ON evaluations (owner_id, ts)")
    share(op, "evaluations", app="SELECT", engine=RW)


def _turns() -> None:
    op.execute("""
        CREATE TABLE turns (
            id uuid NOT NULL PRIMARY KEY,
            lineup_id uuid NOT NULL,
            seq bigint NOT NULL,
            boundary_ms bigint NOT NULL,
            legs smallint[] NOT NULL,
            valid_until timestamptz NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            UNIQUE (lineup_id, boundary_ms),
            UNIQUE (lineup_id, seq)
        )
    """)
    op.execute("""
        CREATE TABLE turn_chunks (
            turn_id uuid NOT NULL,
            partition integer NOT NULL,
            seq bigint NOT NULL,
            boundary_ms bigint NOT NULL,
            status smallint NOT NULL DEFAULT 0 CHECK (status BETWEEN 0 AND 2),
            entries_skipped boolean NOT NULL DEFAULT false,
            attempts smallint NOT NULL DEFAULT 0,
            books integer NOT NULL DEFAULT 0,
            orders integer NOT NULL DEFAULT 0,
            fills integer NOT NULL DEFAULT 0,
            vetoes integer NOT NULL DEFAULT 0,
            faults integer NOT NULL DEFAULT 0,
            reasons bytea,
            error text,
            done_at timestamptz,
            PRIMARY KEY (turn_id, partition)
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX turn_chunks_open ON turn_chunks (partition, seq) WHERE status = 0")
    op.execute("CREATE INDEX turn_chunks_history ON turn_chunks (partition, boundary_ms)")
    share(op, "turns", app="SELECT", engine=RW)
    share(op, "turn_chunks", app="SELECT", engine=RW)


def _model_books() -> None:
    op.execute("""
        CREATE TABLE model_books (
            lineup_id uuid NOT NULL PRIMARY KEY,
            cash double precision NOT NULL CHECK (cash > 0),
            policies bytea NOT NULL,
            limits bytea NOT NULL,
            state bytea NOT NULL
        ) WITH (fillfactor = 50)
    """)
    op.execute("""
        CREATE TABLE model_fills (
            lineup_id uuid NOT NULL,
            id bigint NOT NULL,
            fill bytea NOT NULL,
            equity double precision NOT NULL,
            PRIMARY KEY (lineup_id, id)
        )
    """)
    share(op, "model_books", app="", engine=RW)
    share(op, "model_fills", app="", engine="SELECT,INSERT")


def _accounts() -> None:
    op.execute("""
        CREATE TABLE connections (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            venue text NOT NULL,
            name text NOT NULL,
            status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
            orders_per_s double precision CHECK (orders_per_s > 0),
            max_order_notional numeric CHECK (max_order_notional > 0),
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (user_id, id)
        )
    """)
    op.execute("""
        CREATE TABLE subscriptions (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            revision integer NOT NULL DEFAULT 1,
            status text NOT NULL DEFAULT 'active'
                CHECK (status IN ('active', 'paused', 'cancelled')),
            strategy_id uuid NOT NULL,
            strategy_name text NOT NULL,
            version_id uuid NOT NULL,
            signal_key text,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            parameters jsonb NOT NULL,
            legs jsonb NOT NULL,
            connection_id uuid NOT NULL,
            capital numeric NOT NULL CHECK (capital > 0),
            risk_profile jsonb NOT NULL,
            policies bytea,
            limits bytea,
            join_mode text NOT NULL CHECK (join_mode IN ('wait', 'join')),
            partition integer,
            fault text,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            started_at timestamptz,
            paused_at timestamptz,
            cancelled_at timestamptz,
            PRIMARY KEY (user_id, id),
            CHECK (partition IS NULL OR (signal_key IS NOT NULL AND policies IS NOT NULL
                                         AND limits IS NOT NULL))
        )
    """)
    op.execute("CREATE INDEX subscriptions_partition ON subscriptions (partition)")
    op.execute(
        "CREATE INDEX subscriptions_waiting ON subscriptions (created_at) "
        "WHERE partition IS NULL AND status = 'active' AND fault IS NULL"
    )
    protect(op, "connections", app=RW, engine="SELECT,INSERT")
    protect(op, "subscriptions", app=RW, engine=RW)


def _books() -> None:
    op.execute(f"""
        CREATE TABLE books (
            user_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            partition integer NOT NULL,
            as_of_ms bigint NOT NULL,
            state bytea NOT NULL,
            PRIMARY KEY (user_id, subscription_id)
        ) WITH ({HOT})
    """)
    op.execute("ALTER TABLE books ALTER COLUMN state SET STORAGE MAIN")
    op.execute("CREATE INDEX books_partition ON books (partition, user_id, subscription_id)")
    protect(op, "books", app="SELECT", engine=RW)


def _orders() -> None:
    op.execute("""
        CREATE TABLE orders (
            user_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            leg smallint NOT NULL,
            n integer NOT NULL,
            client_id text NOT NULL,
            partition integer NOT NULL,
            cause_id uuid NOT NULL,
            connection_id uuid NOT NULL,
            rank integer NOT NULL,
            status smallint NOT NULL,
            unsettled boolean NOT NULL,
            purpose smallint NOT NULL,
            reason smallint NOT NULL,
            kind smallint NOT NULL,
            attempt smallint NOT NULL DEFAULT 0,
            lots bigint NOT NULL CHECK (lots <> 0),
            filled_lots bigint NOT NULL DEFAULT 0,
            quantity double precision NOT NULL,
            price double precision NOT NULL,
            average_price double precision,
            boundary_ms bigint NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            valid_until timestamptz NOT NULL,
            lease_until timestamptz,
            sent_at timestamptz,
            updated_at timestamptz,
            note text,
            PRIMARY KEY (user_id, subscription_id, leg, n)
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)
    """)
    # `unsettled` stands for NEW, SENDING and UNKNOWN. It changes once in an order's life, so all
    # other changes of its status stay on the page and touch no index.
    op.execute("CREATE INDEX orders_unsettled ON orders (partition, rank) WHERE unsettled")
    op.execute("CREATE INDEX orders_cause ON orders (cause_id)")
    protect(op, "orders", app="SELECT", engine=RW)


def _facts() -> None:
    for statement in FACTS.read_text().split(";"):
        if statement.strip():
            op.execute(statement)
    protect(op, "fills", app="SELECT", engine="SELECT,INSERT")
    protect(op, "trades", app="SELECT", engine="SELECT,INSERT")
    protect(op, "journal", app="SELECT", engine="SELECT,INSERT")
    protect(op, "equity_points", app="SELECT", engine="SELECT,INSERT")
    protect(op, "commands", app="SELECT,INSERT", engine=RW, system="SELECT")


def _switches() -> None:
    columns = """
            id uuid NOT NULL,
            act text NOT NULL CHECK (act IN ('stop_new', 'cancel_open', 'flatten')),
            note text NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            created_by uuid NOT NULL,
            expanded_at timestamptz,
            released_at timestamptz,
            released_by uuid,
            release_expanded_at timestamptz,
    """
    op.execute(f"""
        CREATE TABLE kill_switches (
            user_id uuid NOT NULL,
            {columns}
            scope text NOT NULL CHECK (scope IN ('subscription', 'tenant')),
            subject_id uuid NOT NULL,
            PRIMARY KEY (user_id, id)
        )
    """)
    op.execute(f"CREATE TABLE platform_switches ({columns} PRIMARY KEY (id))")
    op.execute(
        "CREATE INDEX kill_switches_active ON kill_switches (user_id) WHERE released_at IS NULL"
    )
    for table in ("kill_switches", "platform_switches"):
        op.execute(
            f"CREATE INDEX {table}_open ON {table} (created_at) WHERE expanded_at IS NULL "
            "OR (released_at IS NOT NULL AND release_expanded_at IS NULL)"
        )
    protect(op, "kill_switches", app=RW, engine="SELECT,UPDATE")
    share(op, "platform_switches", app="SELECT", engine="SELECT,UPDATE", system=RW)


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute(
        "DROP TABLE platform_switches, kill_switches, commands, equity_points, journal, trades, "
        "fills, orders, books, subscriptions, connections, model_fills, model_books, "
        "turn_chunks, turns, evaluations, partitions, lineup_legs, lineups"
    )
