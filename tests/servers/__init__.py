"""Real servers for the tests: Apache Kafka, PostgreSQL, an S3 server and nginx, each a process that can be killed.

Each class fetches or finds its program, raises `Missing` with what to install where it cannot,
and keeps its data over `kill()` and `start()`.
"""

from tests.servers.kafka import Kafka
from tests.servers.nginx import Nginx
from tests.servers.postgres import Postgres
from tests.servers.required import Missing
from tests.servers.s3 import S3
from tests.servers.server import Server

__all__ = ["S3", "Kafka", "Missing", "Nginx", "Postgres", "Server"]
