"""computed sql

Revision ID: d1
Revises: c1
Create Date: 2026-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa


revision = 'd1'
down_revision = 'c1'
branch_labels = None
depends_on = None

TABLE = 'us' + str('er')
users = sa.table('user', sa.column('email'))


def upgrade():
    op.add_column('user', sa.Column('gone', sa.Integer()))
    op.execute(f"ALTER TABLE {TABLE} DROP COLUMN gone")
    op.execute(f"UPDATE {TABLE} SET email = NULL")
    op.execute(users.update().values(email=None))
    op.get_bind().execute(sa.text("UPDATE user SET email = ''"))


def downgrade():
    op.drop_table("made_up")
