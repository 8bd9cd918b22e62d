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
    op.add_column('user', sa.Column('nick', sa.Integer()))
    op.add_column('user', sa.Column('motto', sa.Text()))
    op.create_index('ix_motto', 'user', ['motto'], mysql_length=10)
    op.create_foreign_key(op.f('fk_boss'), 'user', 'user', ['boss'], ['id'])


def downgrade():
    op.drop_table("made_up")
