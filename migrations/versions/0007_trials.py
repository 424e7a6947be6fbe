"""What research leaves behind about its trials: effective numbers, holdouts, uploaded ledgers."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend the ledger of trials and create what belongs to it."""
    _trials()
    _links()
    _uploads()
    _holdouts()


def _trials() -> None:
    # Figures are per day: annual ones cannot be compared between calendars. Lines written before
    # have none; their effective number is that of their sets.
    op.execute("""
        ALTER TABLE trials
            DROP COLUMN sharpe_mean,
            DROP COLUMN sharpe_variance,
            ADD COLUMN part text NOT NULL DEFAULT '',
            ADD COLUMN origin text NOT NULL DEFAULT 'server'
                CHECK (origin IN ('server', 'upload')),
            ADD COLUMN effective double precision CHECK (effective >= 1),
            ADD COLUMN sharpe_mean double precision,
            ADD COLUMN sharpe_variance double precision CHECK (sharpe_variance >= 0),
            ADD COLUMN place bigint GENERATED ALWAYS AS IDENTITY,
            DROP CONSTRAINT trials_pkey,
            ADD PRIMARY KEY (user_id, run_id, part)
    """)
    op.execute("CREATE INDEX trials_place ON trials (user_id, place)")


def _links() -> None:
    op.execute("""
        CREATE TABLE trial_links (
            user_id uuid NOT NULL,
            family text NOT NULL,
            idea text NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, family, idea)
        )
    """)
    op.execute("CREATE INDEX trial_links_idea ON trial_links (user_id, idea)")
    protect(op, "trial_links", app="SELECT,INSERT")


def _uploads() -> None:
    op.execute("ALTER TABLE strategy_versions ADD COLUMN outside boolean NOT NULL DEFAULT false")
    op.execute("""
        CREATE TABLE trial_uploads (
            user_id uuid NOT NULL,
            strategy_id uuid NOT NULL,
            version_hash text NOT NULL,
            head text NOT NULL,
            lines integer NOT NULL CHECK (lines >= 0),
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, strategy_id, version_hash, head)
        )
    """)
    protect(op, "trial_uploads", app="SELECT,INSERT")


def _holdouts() -> None:
    op.execute("""
        CREATE TABLE holdouts (
            user_id uuid NOT NULL,
            holdout_id uuid NOT NULL,
            instrument text NOT NULL,
            first_ms bigint NOT NULL,
            last_ms bigint NOT NULL CHECK (last_ms >= first_ms),
            family text NOT NULL,
            version_hash text NOT NULL,
            opened_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, holdout_id)
        )
    """)
    op.execute("CREATE INDEX holdouts_period ON holdouts (user_id, instrument, last_ms)")
    protect(op, "holdouts", app="SELECT,INSERT")
