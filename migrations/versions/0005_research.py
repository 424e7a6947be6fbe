"""Runs of research, their results, and the ledger of every trial."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What operators may see of a run: never the definition or the numbers in it.
OVERVIEW = "user_id, run_id, kind, status, progress, attempt, created_at, started_at, finished_at"


def upgrade() -> None:
    """Create the tables of the research slice."""
    _runs()
    _results()
    _trials()


def _runs() -> None:
    op.execute("""
        CREATE TABLE runs (
            user_id uuid NOT NULL,
            run_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('backtest', 'sweep', 'walkforward')),
            status text NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
            progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
            cancel_requested boolean NOT NULL DEFAULT false,
            attempt integer NOT NULL DEFAULT 0,
            request jsonb NOT NULL,
            strategy_name text NOT NULL,
            version_id uuid,
            version_hash text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            summary jsonb,
            error text,
            created_at timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            PRIMARY KEY (user_id, run_id),
            CHECK ((status IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
            CHECK ((status = 'failed') = (error IS NOT NULL))
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX runs_latest ON runs (user_id, kind, run_id DESC)")
    protect(op, "runs", system=f"SELECT ({OVERVIEW})")


def _results() -> None:
    op.execute("""
        CREATE TABLE run_results (
            user_id uuid NOT NULL,
            run_id uuid NOT NULL,
            part text NOT NULL,
            compressed bytea NOT NULL,
            raw_bytes bigint NOT NULL CHECK (raw_bytes >= 0),
            checksum bytea NOT NULL CHECK (length(checksum) = 32),
            PRIMARY KEY (user_id, run_id, part),
            FOREIGN KEY (user_id, run_id) REFERENCES runs ON DELETE CASCADE
        )
    """)
    # zlib has compressed it already
    op.execute("ALTER TABLE run_results ALTER COLUMN compressed SET STORAGE EXTERNAL")
    protect(op, "run_results")


def _trials() -> None:
    op.execute("""
        CREATE TABLE trials (
            user_id uuid NOT NULL,
            run_id uuid NOT NULL,
            family text NOT NULL,
            kind text NOT NULL,
            version_hash text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            first_ms bigint NOT NULL,
            last_ms bigint NOT NULL,
            parameters_hash text NOT NULL,
            metric text NOT NULL,
            sets bigint NOT NULL CHECK (sets > 0),
            best double precision,
            sharpe_mean double precision,
            sharpe_variance double precision,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, run_id)
        )
    """)
    op.execute("CREATE INDEX trials_family ON trials (user_id, family, created_at)")
    protect(op, "trials", app="SELECT,INSERT")
