"""one

Revision ID: b1
Revises: a1
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'b1'
down_revision = 'a1'
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.drop_table("made_up")
