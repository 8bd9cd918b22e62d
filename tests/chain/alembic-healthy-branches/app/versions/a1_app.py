"""app

Revision ID: a1
Revises: None
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'a1'
down_revision = None
depends_on = None
branch_labels = ('app',)

def upgrade():
    op.create_table('app', sa.Column('id', sa.Integer()))


def downgrade():
    op.drop_table("made_up")
