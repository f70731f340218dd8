"""Tests of partitions run where there are any: tests/services/test_postgres.py runs this folder there."""

from django.db import connection

collect_ignore = [] if connection.vendor == "postgresql" else ["test_partitions.py"]
