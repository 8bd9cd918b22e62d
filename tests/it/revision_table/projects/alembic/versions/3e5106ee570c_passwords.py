"""Passwords"""

import sqlalchemy as sa
from alembic import op

revision = "3e5106ee570c"
down_revision = "366e5694a9ad"


def upgrade():
    op.add_column("user", sa.Column("fullname", sa.String(100)))
    op.add_column("user", sa.Column("password_hash", sa.String(255)))


def downgrade():
    op.drop_column("user", "password_hash")
    op.drop_column("user", "fullname")
