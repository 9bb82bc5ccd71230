"""Which families of the API there are: found by what the streams' modules in this room declare as `FAMILY`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.shared.discovery import declared_in
from schemas.shared.faults import BadDeclaration
from schemas.shared.stream import Stream, streams
from web.families import Family
from web.telemetry import TELEMETRY


def families() -> tuple[Family, ...]:
    """The default family and all others; each claims its streams' paths besides the prefixes that it names.

    Raises BadDeclaration for a stream of a family that nobody declares.
    """
    declared: list[Family] = [TELEMETRY, *declared_in("ingest_gateway", "FAMILY").values()]
    of = _streams_of(streams().values(), [family.name for family in declared])
    return tuple(_with_paths(family, of[family.name]) for family in declared)


def _streams_of(every: Iterable[Stream], names: Iterable[str]) -> Mapping[str, list[Stream]]:
    of: dict[str, list[Stream]] = {name: [] for name in names}
    for stream in every:
        if stream.family not in of:
            raise BadDeclaration(
                f"the stream {stream.name} is of the family {stream.family}, which no module declares: declare it as "
                f"FAMILY in ingest_gateway/{stream.name}.py, or name one of {', '.join(of)}"
            )
        of[stream.family].append(stream)
    return of


def _with_paths(family: Family, of: Iterable[Stream]) -> Family:
    paths = [f"{stream.path}/" for stream in of if stream.path is not None]
    return replace(family, prefixes=tuple(dict.fromkeys((*family.prefixes, *paths))))
