"""What Spark needs to know of the messages and of places, taken from the stream's declaration and the geo database."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any, Final

import maxminddb
import polars as pl

from benchmarks.backlog import MEASURED
from schemas.shared.columns import TIMESTAMP, merged, wire_dtypes

_STREAM: Final = MEASURED.stream
COLUMNS: Final = merged([_STREAM.head_columns, *map(_STREAM.item_columns, _STREAM.kinds)])
TIMES: Final = [column.name for column in COLUMNS if column.dtype == TIMESTAMP]
_SQL: Final[Mapping[Any, str]] = {
    pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.String: "STRING", pl.Boolean: "BOOLEAN"
}  # fmt: skip
_V4_BITS, _V6_BITS = 26, 48
"""Networks are cut to these lengths, so that places join by equality."""


def ddl() -> str:
    """A message's columns as they lie on the log, in Spark's words."""
    return ", ".join(f"`{name}` {_SQL[dtype]}" for name, dtype in wire_dtypes(COLUMNS).items())


def places(geo: Path) -> list[list[Any]]:
    """Every network of a geo database in pieces of one length.

    Raises:
        ValueError: a network is smaller than a piece.
    """
    with maxminddb.open_database(geo) as reader:
        return [[key, *_place(found)] for network, found in reader for key in _keys(str(network))]


def _keys(text: str) -> Iterator[str]:
    """As the query makes them: `192.0.2/0` is the first of the four pieces of a /24, `2001:db8:1` a /48."""
    network = ip_network(text)
    if isinstance(network, IPv4Network):
        for piece in network.subnets(new_prefix=_V4_BITS):
            start, _, last = str(piece.network_address).rpartition(".")
            yield f"{start}/{int(last) >> (32 - _V4_BITS)}"
    else:
        for wide in network.subnets(new_prefix=_V6_BITS):
            yield str(wide.network_address).removesuffix("::")


def _place(found: Any) -> list[Any]:
    location = found["location"]
    names = [found["country"]["iso_code"], found["subdivisions"][-1]["iso_code"], found["city"]["names"]["en"]]
    return [*names, location["time_zone"], round(location["latitude"], 1), round(location["longitude"], 1)]
