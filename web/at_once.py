"""Answers to requests that came whole, from the server itself: each is one write, without a call of the application.

They are begun once all that has come by any connection is parsed. Parsed and answered one by one, they cost a quarter
more: each answer wakes its client, and the same code runs cold each time. Only what has to wait becomes a task.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from web.answered import Whole, lines
from web.eager import begin

Answering: TypeAlias = Callable[[Scope, bytes | bytearray], Whole | Coroutine[Any, Any, Whole] | None]
"""The answer to a request and its body, or what makes it; None where the application is to be called."""
AtOnce: TypeAlias = Callable[[Scope], Answering | None]
"""What may have an answer to a request; None where the application is to be called."""


def nothing_at_once(scope: Scope) -> Answering | None:
    """Every request is the application's."""
    return None


class AtOnceProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools; whoever sends body and head together may be answered by `at_once`."""

    def __init__(self, at_once: AtOnce, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._at_once = at_once
        self._parsing = False
        # begun while what came was parsed: its body may be here as well once that is done
        self._begun: tuple[RequestResponseCycle, Any] | None = None

    def data_received(self, data: bytes) -> None:
        """Parses what came, and then begins what is to be answered next."""
        self._parsing = True
        super().data_received(data)
        self._parsing = False
        if self._begun is not None:
            (cycle, app), self._begun = self._begun, None
            self._begin(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        answering = None if cycle.more_body else self._at_once(cycle.scope)  # type: ignore[arg-type]
        if answering is None:
            super()._start_asgi_task(cycle, app)
        else:
            self.loop.call_soon(self._answer_whole, answering, cycle, app)

    def _answer_whole(self, answering: Answering, cycle: RequestResponseCycle, app: Any) -> None:
        busy = cycle.disconnected or self.flow.write_paused
        said = None if busy else answering(cycle.scope, cycle.body)  # type: ignore[arg-type]
        if said is None:
            super()._start_asgi_task(cycle, app)
            return
        cycle.body = bytearray()  # a connection that waits for its next request keeps nothing of the last one
        if isinstance(said, tuple):
            self._say_whole(said, cycle)
        else:
            self._begin_whole(said, cycle)

    def _begin_whole(self, answer: Coroutine[Any, Any, Whole], cycle: RequestResponseCycle) -> None:
        async def said(*_: Any) -> None:
            self._say_whole(await answer, cycle)

        # uvicorn's own way to run an application: it answers 500 where that fails or is cancelled
        task = begin(cycle.run_asgi(said), self.loop)
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """uvicorn calls this to have a request answered: at the end of a head, or of the request before it."""
        if self._parsing:
            self._begun = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _say_whole(self, said: Whole, cycle: RequestResponseCycle) -> None:
        if cycle.disconnected:
            return
        head, body = said
        ends = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write(b"%b%b%b%b" % (head, lines(self.server_state.default_headers), ends, body))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
