"""Metrics and health of roles without routes: one who only connects holds up nobody."""

import socket

import httpx
import pytest

from kinelake import metrics_server as served
from kinelake.metrics_server import metrics_server


def test_half_open_connections_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served._Quiet, "timeout", 1.0)
    with metrics_server("127.0.0.1", 0, {}) as port:
        silent = [socket.create_connection(("127.0.0.1", int(port or 0))) for _ in range(20)]
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=60).json() == {"status": "ok"}
        assert [each.recv(1) for each in silent] == [b""] * 20
        for each in silent:
            each.close()
