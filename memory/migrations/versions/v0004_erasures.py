"""That somebody was erased, without saying who."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "erasures",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("preferences", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_erasures"),
    )


def downgrade() -> None:
    """Takes it away."""
    op.drop_table("erasures")
