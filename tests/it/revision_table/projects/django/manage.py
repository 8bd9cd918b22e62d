"""Runs Django's commands on the database that TOOL_* name."""

import os
import sys

import pymysql

pymysql.install_as_MySQLdb()
import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402

settings.configure(
    INSTALLED_APPS=["shop"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": os.environ["TOOL_DATABASE"],
            "USER": os.environ["TOOL_USER"],
            "PASSWORD": os.environ["TOOL_PASSWORD"],
            "HOST": os.environ["TOOL_HOST"],
            "PORT": os.environ["TOOL_PORT"],
            "OPTIONS": {"ssl": {"ca": os.environ["TOOL_CA"]}},
        }
    },
)
django.setup()
execute_from_command_line(sys.argv)
