"""Placeholder of this slice's tables; its owner fills it."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create nothing yet."""
