"""rename

Revision ID: e5
Revises: d4
Create Date: 2026-01-01 10:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


revision: str = 'e5'
down_revision: Union[str, Sequence[str], None] = 'd4'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade():
    op.alter_column('user', 'api_token', new_column_name='token', existing_type=sa.String(255))
    op.add_column('user', sa.Column('api_token', sa.String(64)))
    op.drop_index('ix_user_api_token', table_name='user')
    op.create_index('ix_user_api_token', 'user', ['api_token'])


def downgrade():
    op.drop_table("made_up")
