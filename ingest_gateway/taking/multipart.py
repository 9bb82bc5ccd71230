"""The one file of a multipart/form-data body (RFC 7578), piece by piece as it comes in and never whole, and texts."""

import logging
from collections.abc import AsyncIterator, Collection, Mapping
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from web.problems import FieldError, Problem, invalid

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_PARTS: Final = 16
MOST_BESIDE: Final = 128 * 1024
"""Bytes of a body beside its file: other fields, headers, boundaries."""

NO_TEXTS: Final[Mapping[str, int]] = {}
_DISPOSITION: Final = b"content-disposition"

# what a stranger sends wrong is answered, and counted as every answer is; it fills no log
logging.getLogger(MultipartParser.__module__).setLevel(logging.ERROR)


def boundary_of(content_type: str) -> bytes:
    """What divides the parts of the body; raises the 415 of another media type, the 400 of one without a boundary."""
    media_type, options = parse_options_header(content_type)
    if media_type != b"multipart/form-data":
        raise Problem(415, "unsupported_media_type", "The body must be multipart/form-data.")
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise malformed("Content-Type names no boundary")
    return boundary


class FormFile:
    """Takes the file of one field out of a body, and some texts; each is there once, and others are passed over.

    Of those in `lists` there may be several, which become one text with commas between them.

    `most` bounds the file in bytes, `texts` names the fields with texts and bounds each of them. What is wrong is
    raised as a Problem: 400, or 413 for what is too large.
    """

    def __init__(
        self,
        field: str,
        boundary: bytes,
        most: int,
        texts: Mapping[str, int] = NO_TEXTS,
        lists: Collection[str] = (),
    ) -> None:
        self._field = field
        self._most = most
        self._texts = {name.encode(): size for name, size in texts.items()}
        self._lists = frozenset(name.encode() for name in lists)
        self._said: dict[bytes, bytearray] = {}
        self._text = b""
        self._found: list[bytes] = []
        self._sent = self._size = self._parts = self._files = 0
        self._header = self._value = b""
        self._inside = self._ended = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as error:
            raise malformed(str(error)) from error

    async def pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The file's bytes as the body brings them; ends only once all of the body has been read and is well-formed."""
        async for data in body:
            for piece in self._fed(data):
                yield piece
        if not self._ended:
            raise malformed("it ends before its last boundary")
        if not self._files:
            raise invalid(FieldError(self._field, "is missing; send the file as a field of this name"))

    @property
    def whole(self) -> bool:
        """Whether the body has come to its last boundary."""
        return self._ended

    def text(self, field: str) -> str | None:
        """What a field says by now, None where it is not there yet; raises the 400 of what is no UTF-8."""
        said = self._said.get(field.encode())
        try:
            return None if said is None else said.decode()
        except UnicodeDecodeError:
            raise invalid(FieldError(field, "must be UTF-8")) from None

    def _fed(self, data: bytes) -> list[bytes]:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise malformed(str(error)) from error
        self._sent += len(data)
        if self._size > self._most:
            raise Problem(413, "chunk_too_large", f"{self._field} may have at most {self._most} bytes.")
        if self._sent - self._size > MOST_BESIDE:
            raise Problem(413, "body_too_large", f"A body may have at most {MOST_BESIDE} bytes beside its file.")
        found, self._found = self._found, []
        return found

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part_begins,
            "on_header_field": self._names_header,
            "on_header_value": self._says_header,
            "on_header_end": self._header_ends,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
            "on_end": self._ends,
        }

    def _part_begins(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise malformed(f"it has more than {MOST_PARTS} parts")

    def _names_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _says_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        header, value, self._header, self._value = self._header, self._value, b"", b""
        if header.lower() != _DISPOSITION:
            return
        _, options = parse_options_header(value)
        name = options.get(b"name", b"")
        if name in self._texts:
            self._begin(name)
        if name == self._field.encode():
            self._inside = True
            self._files += 1
        if self._files > 1:
            raise invalid(FieldError(self._field, "must be given once"))

    def _begin(self, text: bytes) -> None:
        if text in self._said and text not in self._lists:
            raise invalid(FieldError(text.decode(), "must be given once"))
        self._said[text] = self._said[text] + b"," if text in self._said else bytearray()
        self._text = text

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._size += end - start
            self._found.append(data[start:end])
        if self._text:
            self._said[self._text] += data[start:end]
            if len(self._said[self._text]) > (most := self._texts[self._text]):
                raise invalid(FieldError(self._text.decode(), f"may have at most {most} bytes"))

    def _part_ends(self) -> None:
        self._inside = False
        self._text = b""

    def _ends(self) -> None:
        self._ended = True


def malformed(why: str) -> Problem:
    """400: the body is not what its Content-Type says."""
    return Problem(400, "body_malformed", f"The body is no multipart/form-data: {why}.")
