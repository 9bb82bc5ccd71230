"""nginx with the example of deploy/, before a Kinelake on another port."""

import os
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

from tests.servers.required import Missing
from tests.servers.server import NotReady, Server

EXAMPLE = Path(__file__).parents[2] / "deploy/nginx/kinelake.conf"

AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""


class Nginx(Server):
    """The example on a free port; `serve` says where Kinelake listens."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._program = found()
        self.serve(9)

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, port: int) -> None:
        """From its next start on it stands before that port."""
        ours = {"127.0.0.1:8080": f"127.0.0.1:{port}", "listen 80;": f"listen 127.0.0.1:{self.port};"}
        example = EXAMPLE.read_text()
        for shown, real in ours.items():
            assert example.count(shown) == 1
            example = example.replace(shown, real)
        (self.directory / "nginx.conf").write_text(AROUND.format(folder=self.directory, example=example))

    def command(self) -> Sequence[str]:
        return [self._program, "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", "stderr"]

    def check(self) -> None:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError as error:
            raise NotReady("nginx does not answer") from error


def found() -> str:
    """The program: on the path, or where Debian keeps it from users' paths."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        raise Missing("nginx was not found: install nginx-light")
    return path
