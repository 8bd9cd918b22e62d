"""drops what the other adds

Revision ID: c2
Revises: c1
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'c2'
down_revision = 'c1'
branch_labels = None
depends_on = None


def upgrade():
    op.drop_index('ix_b', 'user')


def downgrade():
    op.drop_table("made_up")
