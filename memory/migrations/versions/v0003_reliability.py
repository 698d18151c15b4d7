"""What kind of event each comparison comes from, and fitted reward models."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SOURCE = sa.String(32)
_KEY = sa.String(128)


def upgrade() -> None:
    """Adds columns and a table."""
    op.add_column("comparisons", sa.Column("source", _SOURCE))
    op.add_column("comparisons", sa.Column("key", _KEY))
    op.add_column("comparisons", sa.Column("against_id", sa.String(64)))
    # No event says so today: the reward model makes them anew from their events.
    op.execute("UPDATE comparisons SET source = '', key = 'unnamed'")
    with op.batch_alter_table("comparisons") as table:
        table.alter_column("source", existing_type=_SOURCE, nullable=False)
        table.alter_column("key", existing_type=_KEY, nullable=False)
    op.create_index("ix_comparisons_against_id", "comparisons", ["against_id"])
    op.create_table(
        "posteriors",
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("features_id", sa.String(256), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "features_id", name="pk_posteriors"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_posteriors_user_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("posteriors")
    op.drop_index("ix_comparisons_against_id", "comparisons")
    with op.batch_alter_table("comparisons") as comparisons:
        for column in ("against_id", "key", "source"):
            comparisons.drop_column(column)
