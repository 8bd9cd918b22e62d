"""if absent

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
    bind = op.get_bind()
    inspector = sa.inspect(bind)
    if 'api_token' not in [c['name'] for c in inspector.get_columns('user')]:
        op.add_column('user', sa.Column('api_token', sa.String(255)))
    for table in ('user', 'other'):
        op.add_column(table, sa.Column('created', sa.DateTime()))


def downgrade():
    op.drop_table("made_up")
