"""A port is looked at before a server is started for it."""

import socket
import threading

import pytest

from web.faults import AddressTaken
from web.listening import listener, require_free

HOST = "127.0.0.1"


@pytest.fixture
def taken() -> socket.socket:
    return listener(HOST, 0)


def test_a_free_port_is_free_afterwards(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    taken.close()
    require_free(HOST, port, 0)
    listener(HOST, port).close()


def test_a_taken_one_is_named_and_how_to_choose_another(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with taken, pytest.raises(AddressTaken, match=f"port {port}: Address already in use.* choose another with --port"):
        require_free(HOST, port, 0.2)


def test_one_that_is_let_go_meanwhile_is_free(taken: socket.socket) -> None:
    lets_go = threading.Timer(0.2, taken.close)
    lets_go.start()
    require_free(HOST, taken.getsockname()[1], 60)
    lets_go.join()
