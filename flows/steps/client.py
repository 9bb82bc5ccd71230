"""Replaces the client's address and User-Agent by what may be stored of them; each distinct pair is looked up once."""

from dataclasses import replace

import numpy as np
import polars as pl

from flows.conveyor.batch import Batch
from flows.conveyor.items import NO_ITEMS
from flows.steps.device import DEVICE_SCHEMA, Devices
from flows.steps.geo import GEO_SCHEMA, Geo
from schemas.shared import client_context

KNOWN_CLIENTS = 20_000
"""Clients kept from one batch to the next; beyond them, and when places or exclusions are new, it starts afresh."""

_SCHEMA = pl.Schema([*GEO_SCHEMA.items(), *DEVICE_SCHEMA.items()])


class Client:
    """The step: geo, device and ip_prefix columns instead of the client context that travelled beside the value."""

    def __init__(self, geo: Geo, devices: Devices) -> None:
        self._geo = geo
        self._devices = devices
        self._rows: dict[bytes, int] = {}
        self._known = pl.DataFrame(schema=_SCHEMA)

    def __call__(self, batch: Batch) -> Batch:
        """The same rows with what may be stored of their client; the messages themselves are let go."""
        if self._geo.renewed() or len(self._rows) > KNOWN_CLIENTS:
            self._rows, self._known = {}, self._known.clear()
        if batch.rows.is_empty():
            return batch
        known = self._known_of(batch)
        return replace(batch, rows=batch.rows.drop("index").hstack(known), items=NO_ITEMS)

    def _known_of(self, batch: Batch) -> pl.DataFrame:
        """What is known of each row's client, which is its message's: asked once a message that has rows."""
        of = batch.items.of[batch.rows["index"].to_numpy()]
        numbers = np.zeros(len(batch.items.heads), np.uint32)
        numbers[of] = 1
        messages = np.flatnonzero(numbers)
        numbers[messages] = self._numbers(list(map(batch.items.fetched.clients.__getitem__, messages.tolist())))
        return self._known[pl.Series(numbers[of])]

    def _numbers(self, clients: list[bytes]) -> list[int]:
        """The row of each, learnt first where one is new."""
        found = [number for number in map(self._rows.get, clients) if number is not None]
        if len(found) == len(clients):
            return found
        self._learn([client for client in dict.fromkeys(clients) if client not in self._rows])
        return list(map(self._rows.__getitem__, clients))

    def _learn(self, clients: list[bytes]) -> None:
        if not clients:
            return
        contexts = [client_context.decode(client) for client in clients]
        geo = self._geo.columns([context.address for context in contexts])
        device = self._devices.columns([context.user_agent for context in contexts])
        self._rows.update(zip(clients, range(len(self._rows), len(self._rows) + len(clients)), strict=True))
        self._known = pl.concat([self._known, geo.hstack(device).select(_SCHEMA.names())])
