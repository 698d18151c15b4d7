"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(64), nullable=False)


def _user() -> sa.Column[str]:
    return sa.Column("user_id", sa.String(256), nullable=False)


def _owned(table: str) -> tuple[sa.PrimaryKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "users",
        sa.Column("id", sa.String(256), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("embedder", sa.String(256)),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_table(
        "sessions",
        _user(),
        sa.Column("id", sa.String(256), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_sessions_user_id_updated_at", "sessions", ["user_id", "updated_at"])
    op.create_table(
        "turns",
        _id(),
        _user(),
        sa.Column("session_id", sa.String(256), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.ForeignKeyConstraint(
            ["user_id", "session_id"],
            ["sessions.user_id", "sessions.id"],
            name="fk_turns_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_turns_user_id_session_id_created_at", "turns", ["user_id", "session_id", "created_at"]
    )
    op.create_table(
        "evidence",
        _id(),
        _user(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("observation", sa.Text, nullable=False),
        sa.Column("context", sa.Text),
        sa.Column("session_id", sa.String(256)),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        *_owned("evidence"),
    )
    op.create_index("ix_evidence_user_id_created_at", "evidence", ["user_id", "created_at"])
    op.create_table(
        "preferences",
        _id(),
        _user(),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("polarity", sa.String(16), nullable=False),
        sa.Column("hard", sa.Boolean, nullable=False),
        sa.Column("strength", sa.Float, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("scope", sa.Text),
        sa.Column("aspect", sa.Text),
        sa.Column("value", sa.Text),
        sa.Column("valid_from", _MOMENT, nullable=False),
        sa.Column("valid_to", _MOMENT),
        sa.Column("expires_at", _MOMENT),
        sa.Column("supersedes", sa.String(64)),
        sa.Column("revised", sa.Boolean, nullable=False),
        sa.Column("vector", sa.LargeBinary),
        *_owned("preferences"),
    )
    op.create_index("ix_preferences_user_id_valid_to", "preferences", ["user_id", "valid_to"])
    op.create_table(
        "preference_evidence",
        sa.Column("preference_id", sa.String(64), nullable=False),
        sa.Column("evidence_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("preference_id", "evidence_id", name="pk_preference_evidence"),
        sa.ForeignKeyConstraint(
            ["preference_id"],
            ["preferences.id"],
            name="fk_preference_evidence_preference_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name="fk_preference_evidence_evidence_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_preference_evidence_evidence_id", "preference_evidence", ["evidence_id"])
    op.create_table(
        "changes",
        _id(),
        _user(),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("operation", sa.String(16), nullable=False),
        sa.Column("preference_id", sa.String(64), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *_owned("changes"),
    )
    op.create_index("ix_changes_user_id_preference_id", "changes", ["user_id", "preference_id"])
    op.create_table(
        "comparisons",
        _id(),
        _user(),
        sa.Column("evidence_id", sa.String(64), nullable=False),
        sa.Column("features_id", sa.String(256), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("target", sa.Float, nullable=False),
        sa.Column("flip", sa.Float, nullable=False),
        *_owned("comparisons"),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name="fk_comparisons_evidence_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_comparisons_user_id_features_id", "comparisons", ["user_id", "features_id"])
    op.create_index("ix_comparisons_evidence_id", "comparisons", ["evidence_id"])


def downgrade() -> None:
    """Drops the tables."""
    for table in (
        "comparisons",
        "changes",
        "preference_evidence",
        "preferences",
        "evidence",
        "turns",
        "sessions",
        "users",
    ):
        op.drop_table(table)
