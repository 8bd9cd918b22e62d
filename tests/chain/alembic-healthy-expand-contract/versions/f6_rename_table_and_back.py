"""rename table and back

Revision ID: f6
Revises: e5
Create Date: 2026-01-01 10:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


revision: str = 'f6'
down_revision: Union[str, Sequence[str], None] = 'e5'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade():
    op.rename_table('user', 'person')
    op.rename_table('person', 'user')
    op.drop_column('user', 'token')
    op.drop_constraint('uq_user_email', 'user', type_='unique')
    op.create_unique_constraint('uq_user_email', 'user', ['email'])
    op.drop_constraint('user_ibfk_1', 'user', type_='foreignkey')


def downgrade():
    op.drop_table("made_up")
