"""Notes"""

import sqlalchemy as sa
from alembic import op

revision = "7b0c1d2e3f40"
down_revision = "c682ef478e45"


def upgrade():
    op.add_column("todo", sa.Column("note", sa.String(200)))


def downgrade():
    op.drop_column("todo", "note")
