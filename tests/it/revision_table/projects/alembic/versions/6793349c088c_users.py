"""Users"""

import sqlalchemy as sa
from alembic import op

revision = "6793349c088c"
down_revision = None


def upgrade():
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(64)),
        sa.Column("email", sa.String(120)),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_user_username", "user", ["username"], unique=True)
    op.create_index("ix_user_email", "user", ["email"], unique=True)


def downgrade():
    op.drop_table("user")
