"""Runs the migrations on the database that TOOL_* name, as the env.py of an application would."""

import os

from alembic import context
from sqlalchemy import URL, create_engine

url = URL.create(
    "mysql+pymysql",
    username=os.environ["TOOL_USER"],
    password=os.environ["TOOL_PASSWORD"],
    host=os.environ["TOOL_HOST"],
    port=int(os.environ["TOOL_PORT"]),
    database=os.environ["TOOL_DATABASE"],
)
engine = create_engine(url, connect_args={"ssl": {"ca": os.environ["TOOL_CA"]}})
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
