"""A test of a folder that only computes stays so, and `make check` may run it anywhere."""

import socket
import subprocess

import pytest

REASON = "a test of a pure folder"


def test_a_process_is_refused() -> None:
    with pytest.raises(Exception, match=REASON):
        subprocess.run(["true"], check=True)


def test_a_connection_is_refused() -> None:
    with socket.socket() as connection, pytest.raises(Exception, match=REASON):
        connection.connect(("127.0.0.1", 1))
