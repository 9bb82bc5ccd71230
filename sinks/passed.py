"""How far a table has passed the log, as the application transactions of its commits have it."""

from collections.abc import Iterable

from deltalake import DeltaTable


def application(flow: str, partition: int) -> str:
    """Under which a table notes the next offset of a partition."""
    return f"{flow}/{partition}"


def items_application(flow: str, partition: int) -> str:
    """Under which a primary table notes how many items it has passed in a partition."""
    return f"{flow}/{partition}/items"


def offsets_passed(table: DeltaTable, flow: str, partitions: Iterable[int]) -> dict[int, int]:
    """The next offset of each partition, 0 before the first commit."""
    return {p: table.transaction_version(application(flow, p)) or 0 for p in partitions}


def items_passed(table: DeltaTable, flow: str, partitions: Iterable[int]) -> dict[int, int]:
    """The items of each partition that a primary table has passed; a message of version 0.1 was one item."""
    noted = {p: table.transaction_version(items_application(flow, p)) for p in partitions}
    offsets = offsets_passed(table, flow, [p for p, items in noted.items() if items is None])
    return {p: offsets[p] if items is None else items for p, items in noted.items()}


def has_noted_items(table: DeltaTable, flow: str, partitions: Iterable[int]) -> bool:
    """Whether a flow of this version has committed to the table."""
    return any(table.transaction_version(items_application(flow, p)) is not None for p in partitions)
