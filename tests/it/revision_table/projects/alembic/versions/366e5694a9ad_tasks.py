"""Tasks"""

import sqlalchemy as sa
from alembic import op

revision = "366e5694a9ad"
down_revision = "6793349c088c"


def upgrade():
    op.create_table(
        "todo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("title", sa.String(200)),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_todo_user_id", "todo", ["user_id"])


def downgrade():
    op.drop_table("todo")
