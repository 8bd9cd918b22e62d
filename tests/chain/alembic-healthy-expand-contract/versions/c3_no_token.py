"""no token

Revision ID: c3
Revises: b2
Create Date: 2026-01-01 10:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


revision: str = 'c3'
down_revision: Union[str, Sequence[str], None] = 'b2'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade():
    with op.batch_alter_table('user') as batch_op:
        batch_op.drop_column('api_token')


def downgrade():
    op.drop_table("made_up")
