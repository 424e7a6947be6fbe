"""Stored policies get the fees by side and by order, all zero as before."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# 19 fields of eight bytes before, six more after
OLD_BYTES = 152
ADDED = "decode(repeat('00', 48), 'hex')"


def upgrade() -> None:
    """Append six zeros to each leg's policy; a value of another size is left as it is."""
    for table in ("subscriptions", "model_books"):
        op.execute(f"""
            UPDATE {table} SET policies = (
                SELECT string_agg(substring(policies FROM 1 + {OLD_BYTES} * leg FOR {OLD_BYTES})
                                  || {ADDED}, ''::bytea ORDER BY leg)
                FROM generate_series(0, octet_length(policies) / {OLD_BYTES} - 1) AS leg)
            WHERE octet_length(policies) > 0 AND octet_length(policies) % {OLD_BYTES} = 0
        """)
