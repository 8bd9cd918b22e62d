"""billing

Revision ID: b1
Revises: None
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'b1'
down_revision = None
branch_labels = 'billing'
depends_on = 'app'

def upgrade():
    op.create_table('bill', sa.Column('id', sa.Integer()))


def downgrade():
    op.drop_table("made_up")
