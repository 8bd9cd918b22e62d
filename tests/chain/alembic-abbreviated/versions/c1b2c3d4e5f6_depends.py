"""depends

Revision ID: c1b2c3d4e5f6
Revises: b1b2c3d4e5f6
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'c1b2c3d4e5f6'
down_revision = 'b1b2c3d4e5f6'
branch_labels = None
depends_on = 'nothing'

def upgrade():
    pass


def downgrade():
    op.drop_table("made_up")
