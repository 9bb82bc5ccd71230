"""Messages of single events, gathered into messages of several, as requests of several put them on the log."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from event_log import Record
from schemas.shared.message import LINE_END, message


def gathered(records: Iterable[Record], items: int) -> Iterator[Record]:
    """Messages of that many items of one key each, under the head of the first; what does not fill one is left out."""
    waiting: defaultdict[bytes, list[Record]] = defaultdict(list)
    for each in records:
        together = waiting[each.key]
        together.append(each)
        if len(together) == items:
            lines = [one.value.split(LINE_END) for one in waiting.pop(each.key)]
            yield Record(each.key, message(lines[0][0], [item for _, *own in lines for item in own]), each.client)
