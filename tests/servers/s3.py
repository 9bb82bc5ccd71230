"""One S3 server: versitygw over a folder, built once by Go.

Delta needs a server that enforces `If-None-Match: *` and lists in key order; this one does both.
"""

import os
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path

from tests.servers.go_program import built
from tests.servers.server import NotReady, Server

MODULE, VERSION = "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"


class S3(Server):
    """A server on 127.0.0.1 whose buckets are the folders of `directory`/buckets."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._program = built(MODULE, VERSION)
        self._buckets = directory / "buckets"
        self._buckets.mkdir()
        self._access_key = "test"
        self._secret_key = uuid.uuid4().hex

    @property
    def url(self) -> str:
        """The server's own address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables, or storage options, with which a client reaches this server."""
        return {
            "AWS_ACCESS_KEY_ID": self._access_key,
            "AWS_SECRET_ACCESS_KEY": self._secret_key,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def bucket(self) -> str:
        """The URL of a new, empty bucket."""
        name = f"test-{uuid.uuid4().hex}"
        (self._buckets / name).mkdir()
        return f"s3://{name}"

    def command(self) -> Sequence[str]:
        return [str(self._program), "--quiet", "--port", f"127.0.0.1:{self.port}", "posix", str(self._buckets)]

    def process_environment(self) -> dict[str, str] | None:
        return os.environ | {"ROOT_ACCESS_KEY": self._access_key, "ROOT_SECRET_KEY": self._secret_key}

    def check(self) -> None:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError as error:
            raise NotReady("the S3 server does not answer") from error
