"""Tokens"""

import sqlalchemy as sa
from alembic import op

revision = "d1f2e3c4b5a6"
down_revision = "c682ef478e45"


def upgrade():
    op.add_column("user", sa.Column("api_token", sa.String(255)))
    op.create_index("ix_user_api_token", "user", ["api_token"], unique=True)


def downgrade():
    op.drop_index("ix_user_api_token", "user")
    op.drop_column("user", "api_token")
