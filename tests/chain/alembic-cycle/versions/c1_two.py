"""two

Revision ID: c1
Revises: b1
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'c1'
down_revision = 'b1'
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    op.drop_table("made_up")
