"""again

Revision ID: e1
Revises: d1
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa
from app import helper

revision = 'e1'
down_revision = 'd1'
branch_labels = None
depends_on = None


def _own():
    op.create_index('ix_own', 'user', ['email'])


def upgrade():
    op.add_column('user', sa.Column('gone', sa.Integer()))
    helper()
    [op.add_column(table, sa.Column('updated', sa.DateTime())) for table in ('a', 'b')]
    is_old and op.drop_index('ix_old', 'user')
    _own()


def downgrade():
    op.drop_table("made_up")
