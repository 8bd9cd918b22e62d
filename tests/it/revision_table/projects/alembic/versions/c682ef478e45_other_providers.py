"""Other providers"""

import sqlalchemy as sa
from alembic import op

revision = "c682ef478e45"
down_revision = "3e5106ee570c"


def upgrade():
    op.add_column("user", sa.Column("oauth_provider", sa.String(50)))
    op.add_column("user", sa.Column("oauth_id", sa.String(255)))
    op.create_index("ix_user_oauth_id", "user", ["oauth_id"])


def downgrade():
    op.drop_index("ix_user_oauth_id", "user")
    op.drop_column("user", "oauth_id")
    op.drop_column("user", "oauth_provider")
