"""AutoBuild jobs, their checkpoints, events and results."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What operators may see of a job: never its constraints or what it found.
OVERVIEW = (
    "user_id, autobuild_id, status, stage, progress, attempt, instruments_total, "
    "instruments_done, created_at, started_at, finished_at"
)


def upgrade() -> None:
    """Create the tables of AutoBuild."""
    _jobs()
    _counts()
    _checkpoints()
    _events()
    _results()


def _jobs() -> None:
    op.execute("""
        CREATE TABLE autobuilds (
            user_id uuid NOT NULL,
            autobuild_id uuid NOT NULL,
            name text NOT NULL,
            constraints jsonb NOT NULL,
            as_of_ms bigint NOT NULL,
            status text NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
            stage text,
            progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
            cancel_requested boolean NOT NULL DEFAULT false,
            attempt integer NOT NULL DEFAULT 0,
            resumes integer NOT NULL DEFAULT 0,
            last_seq bigint NOT NULL DEFAULT 0,
            instruments_total integer NOT NULL DEFAULT 0,
            instruments_done integer NOT NULL DEFAULT 0,
            accepted integer NOT NULL DEFAULT 0,
            failed integer NOT NULL DEFAULT 0,
            sets_tested bigint NOT NULL DEFAULT 0,
            sets_per_s double precision,
            best_sharpe double precision,
            eta_s double precision,
            error text,
            created_at timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            PRIMARY KEY (user_id, autobuild_id),
            CHECK ((status IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
            CHECK ((status = 'failed') = (error IS NOT NULL))
        ) WITH (fillfactor = 70)
    """)
    protect(op, "autobuilds", system=f"SELECT ({OVERVIEW})")


def _counts() -> None:
    # What the ledger said when an instrument was first begun: a second attempt judges by it, too.
    op.execute("""
        CREATE TABLE autobuild_counts (
            user_id uuid NOT NULL,
            autobuild_id uuid NOT NULL,
            instrument text NOT NULL,
            trials bigint NOT NULL CHECK (trials >= 0),
            effective double precision NOT NULL CHECK (effective >= 0),
            known boolean NOT NULL,
            PRIMARY KEY (user_id, autobuild_id, instrument),
            FOREIGN KEY (user_id, autobuild_id) REFERENCES autobuilds ON DELETE CASCADE
        )
    """)
    protect(op, "autobuild_counts")


def _checkpoints() -> None:
    op.execute("""
        CREATE TABLE autobuild_checkpoints (
            user_id uuid NOT NULL,
            autobuild_id uuid NOT NULL,
            instrument text NOT NULL,
            accepted boolean NOT NULL,
            sets bigint NOT NULL CHECK (sets >= 0),
            compressed bytea NOT NULL,
            checksum bytea NOT NULL CHECK (length(checksum) = 32),
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, autobuild_id, instrument),
            FOREIGN KEY (user_id, autobuild_id) REFERENCES autobuilds ON DELETE CASCADE
        )
    """)
    op.execute("ALTER TABLE autobuild_checkpoints ALTER COLUMN compressed SET STORAGE EXTERNAL")
    protect(op, "autobuild_checkpoints")


def _events() -> None:
    op.execute("""
        CREATE TABLE autobuild_events (
            user_id uuid NOT NULL,
            autobuild_id uuid NOT NULL,
            seq bigint NOT NULL CHECK (seq > 0),
            at timestamptz NOT NULL,
            kind text NOT NULL,
            stage text,
            data jsonb NOT NULL,
            PRIMARY KEY (user_id, autobuild_id, seq),
            FOREIGN KEY (user_id, autobuild_id) REFERENCES autobuilds ON DELETE CASCADE
        )
    """)
    protect(op, "autobuild_events")


def _results() -> None:
    op.execute("""
        CREATE TABLE autobuild_results (
            user_id uuid NOT NULL,
            autobuild_id uuid NOT NULL,
            compressed bytea NOT NULL,
            checksum bytea NOT NULL CHECK (length(checksum) = 32),
            PRIMARY KEY (user_id, autobuild_id),
            FOREIGN KEY (user_id, autobuild_id) REFERENCES autobuilds ON DELETE CASCADE
        )
    """)
    op.execute("ALTER TABLE autobuild_results ALTER COLUMN compressed SET STORAGE EXTERNAL")
    protect(op, "autobuild_results")
