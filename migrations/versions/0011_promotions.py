"""Promotions: the gated step from evidence to a live session, and the step back."""

from alembic import op

from fairlead.infra.rls import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of promotions.

    A promotion holds a subscription exactly from its deployment on; what is deployed, asked for
    or approved on a connection is there once, so that no repeated request makes a second one.
    """
    op.execute("""
        CREATE TABLE promotions (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            status text NOT NULL CHECK (
                status IN ('requested', 'approved', 'rejected', 'deployed', 'rolled_back')),
            name text NOT NULL,
            subject jsonb NOT NULL,
            content_hash text NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
            connection_id uuid NOT NULL,
            capital numeric NOT NULL CHECK (capital > 0),
            risk_profile jsonb NOT NULL,
            join_mode text NOT NULL CHECK (join_mode IN ('wait', 'join')),
            gates jsonb NOT NULL,
            override boolean NOT NULL DEFAULT false,
            reason text NOT NULL DEFAULT '',
            subscription_id uuid,
            created_at timestamptz NOT NULL,
            approved_at timestamptz,
            deployed_at timestamptz,
            rejected_at timestamptz,
            rolled_back_at timestamptz,
            PRIMARY KEY (user_id, id),
            FOREIGN KEY (user_id, connection_id) REFERENCES connections (user_id, id),
            FOREIGN KEY (user_id, subscription_id) REFERENCES subscriptions (user_id, id),
            CHECK ((status IN ('deployed', 'rolled_back')) = (subscription_id IS NOT NULL)),
            CHECK ((status IN ('deployed', 'rolled_back')) = (deployed_at IS NOT NULL)),
            CHECK ((status = 'rejected') = (rejected_at IS NOT NULL)),
            CHECK ((status = 'rolled_back') = (rolled_back_at IS NOT NULL)),
            CHECK (NOT override OR reason <> '')
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX promotions_open ON promotions (user_id, connection_id, content_hash)
        WHERE status IN ('requested', 'approved', 'deployed')
    """)
    op.execute(
        "CREATE UNIQUE INDEX promotions_subscription ON promotions (user_id, subscription_id)"
    )
    protect(op, "promotions", app="SELECT,INSERT,UPDATE")
