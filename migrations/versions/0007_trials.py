"""What research leaves behind about its trials: effective numbers, holdouts, uploaded ledgers."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
