"""A page as people read it."""

from html.parser import HTMLParser


class Words(HTMLParser):
    """What people read of a page, its elements with their attributes, and the cells of its tables."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.hidden = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.read.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.read)


def words_of(page: str) -> Words:
    parser = Words()
    parser.feed(page)
    return parser
