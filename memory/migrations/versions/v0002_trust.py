"""Support over time, pending inference, words to search by, and LangGraph's items."""

import sqlalchemy as sa
from alembic import op

from penchant.memory.words import drop_words, make_words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds columns and tables."""
    op.add_column("evidence", sa.Column("vector", sa.LargeBinary))
    op.add_column("changes", sa.Column("confidence", sa.Float))
    op.add_column("changes", sa.Column("evidence_id", sa.String(64)))
    op.add_column("preferences", sa.Column("supported_at", _MOMENT))
    op.execute(
        "UPDATE preferences SET supported_at = coalesce(("
        " SELECT max(evidence.created_at) FROM evidence JOIN preference_evidence"
        " ON preference_evidence.evidence_id = evidence.id"
        " WHERE preference_evidence.preference_id = preferences.id), valid_from)"
    )
    with op.batch_alter_table("preferences") as table:
        table.alter_column("supported_at", existing_type=_MOMENT, nullable=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(256), nullable=False),
        sa.Column("evidence_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_jobs_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_jobs_evidence_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_jobs_user_id_due_at", "jobs", ["user_id", "due_at"])
    op.create_index("ix_jobs_evidence_id", "jobs", ["evidence_id"])
    op.create_table(
        "items",
        sa.Column("path", sa.String(1024), nullable=False),
        sa.Column("key", sa.String(512), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("ttl_minutes", sa.Float),
        sa.Column("expires_at", _MOMENT),
        sa.PrimaryKeyConstraint("path", "key", name="pk_items"),
    )
    op.create_index("ix_items_expires_at", "items", ["expires_at"])
    op.create_table(
        "item_vectors",
        sa.Column("path", sa.String(1024), nullable=False),
        sa.Column("key", sa.String(512), nullable=False),
        sa.Column("field", sa.String(512), nullable=False),
        sa.Column("embedder", sa.String(256), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("path", "key", "field", name="pk_item_vectors"),
        sa.ForeignKeyConstraint(
            ["path", "key"],
            ["items.path", "items.key"],
            name="fk_item_vectors_path",
            ondelete="CASCADE",
        ),
    )
    make_words(op.get_bind())


def downgrade() -> None:
    """Takes them away."""
    drop_words(op.get_bind())
    for table in ("item_vectors", "items", "jobs"):
        op.drop_table(table)
    with op.batch_alter_table("preferences") as preferences:
        preferences.drop_column("supported_at")
    with op.batch_alter_table("changes") as changes:
        changes.drop_column("evidence_id")
        changes.drop_column("confidence")
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_column("vector")
