"""what was there before the chain

Revision ID: b8
Revises: a7
Create Date: 2026-01-01 10:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


revision: str = 'b8'
down_revision: Union[str, Sequence[str], None] = 'a7'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade():
    op.drop_column('legacy', 'a')
    op.drop_table('older')
    op.drop_index('ix_b', 'legacy')
    op.create_table('older', sa.Column('id', sa.Integer()))


def downgrade():
    op.drop_table("made_up")
