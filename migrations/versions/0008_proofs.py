"""Proofs that a version does not look ahead."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RUN_KINDS = "'backtest', 'sweep', 'walkforward', 'proof', 'portfolio'"


def upgrade() -> None:
    """Create the tables."""
    op.execute("ALTER TABLE runs DROP CONSTRAINT runs_kind_check")
    op.execute(f"ALTER TABLE runs ADD CONSTRAINT runs_kind_check CHECK (kind IN ({RUN_KINDS}))")
    op.execute("""
        CREATE TABLE proofs (
            user_id uuid NOT NULL,
            run_id uuid NOT NULL,
            version_hash text NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            passed boolean NOT NULL,
            content jsonb NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, run_id)
        )
    """)
    op.execute("CREATE INDEX proofs_latest ON proofs (user_id, version_hash, created_at DESC)")
    # a proof stays on record when its run is deleted, and is never changed
    protect(op, "proofs", app="SELECT,INSERT")
