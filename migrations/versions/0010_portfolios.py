"""Portfolios and their legs."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of portfolios."""
    _portfolios()
    _legs()


def _portfolios() -> None:
    op.execute("""
        CREATE TABLE portfolios (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            name text NOT NULL,
            method text NOT NULL CHECK (
                method IN ('equal', 'inverse_volatility', 'hrp', 'risk_budget', 'manual')),
            caps jsonb NOT NULL,
            source jsonb,
            revision integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, id)
        )
    """)
    op.execute("CREATE INDEX portfolios_updated ON portfolios (user_id, updated_at, id)")
    protect(op, "portfolios")


def _legs() -> None:
    """Create legs; the version one pins may be an offered one, and versions are never deleted."""
    op.execute("""
        CREATE TABLE portfolio_legs (
            user_id uuid NOT NULL,
            portfolio_id uuid NOT NULL,
            leg smallint NOT NULL CHECK (leg >= 0),
            version_id uuid NOT NULL,
            strategy_id uuid NOT NULL,
            strategy_name text NOT NULL,
            version integer NOT NULL,
            version_hash text NOT NULL CHECK (version_hash ~ '^[0-9a-f]{64}$'),
            parameters jsonb NOT NULL,
            instrument text NOT NULL,
            timeframe text NOT NULL,
            weight double precision NOT NULL CHECK (weight > 0 AND weight <= 1),
            PRIMARY KEY (user_id, portfolio_id, leg),
            FOREIGN KEY (user_id, portfolio_id) REFERENCES portfolios ON DELETE CASCADE
        )
    """)
    protect(op, "portfolio_legs")
