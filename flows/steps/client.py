"""Replaces the client's address and User-Agent by what may be stored of them; each distinct pair is looked up once."""

from dataclasses import replace

import polars as pl

from flows.batch import Batch
from flows.steps.device import DEVICE_SCHEMA, device_columns
from flows.steps.geo import GEO_SCHEMA, Geo
from schemas import client_context

KNOWN_CLIENTS = 20_000
"""Clients kept from one batch to the next; beyond them it starts afresh."""

_SCHEMA = pl.Schema([("client", pl.Binary), *GEO_SCHEMA.items(), *DEVICE_SCHEMA.items()])


class Client:
    """The step: geo, device and ip_prefix columns instead of the client context that travelled beside the value."""

    def __init__(self, geo: Geo) -> None:
        self._geo = geo
        self._known = pl.DataFrame(schema=_SCHEMA)

    def __call__(self, batch: Batch) -> Batch:
        """The same rows with what may be stored of their client; the messages themselves are let go."""
        if batch.rows.is_empty():
            return batch
        if self._known.height > KNOWN_CLIENTS:
            self._known = self._known.clear()
        self._learn(batch.rows.select("client").unique().join(self._known, on="client", how="anti")["client"])
        located = batch.rows.join(self._known, on="client", how="left").drop("client", "index")
        return replace(batch, rows=located, values=())

    def _learn(self, clients: pl.Series) -> None:
        if clients.is_empty():
            return
        contexts = [client_context.decode(client) for client in clients]
        geo = self._geo.columns([context.address for context in contexts])
        device = device_columns([context.user_agent for context in contexts])
        found = pl.concat([clients.to_frame(), geo, device], how="horizontal")
        self._known = pl.concat([self._known, found.select(_SCHEMA.names())])
