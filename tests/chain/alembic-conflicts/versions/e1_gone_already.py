"""gone already

Revision ID: e1
Revises: d1
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'e1'
down_revision = 'd1'
branch_labels = None
depends_on = None


def upgrade():
    op.drop_column('user', 'motto')
    op.add_column('user', sa.Column('x', sa.Integer()))
    op.add_column('user', sa.Column('x', sa.Integer()))


def downgrade():
    op.drop_table("made_up")
