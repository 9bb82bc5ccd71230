"""A client of capture as its contract has it: what got no answer, or a 5xx, is sent again with its Idempotency-Key."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.kit.running import PATIENCE
from tests.kit.shop import Shop

PAUSE_SECONDS = 0.2

Said: TypeAlias = Mapping[str, Any]


class Away(Exception):
    """The service did not answer, or said that it cannot now."""


again = retry(
    retry=retry_if_exception_type((Away, httpx.TransportError)),
    wait=wait_fixed(PAUSE_SECONDS),
    stop=stop_after_delay(PATIENCE),
)


class Persistent:
    """With the key of a shop's project, for several threads at once; `answered` is how many requests got a 2xx."""

    def __init__(self, shop: Shop) -> None:
        self.answered = 0
        self._http = httpx.Client(base_url=shop.base, headers={"X-API-Key": shop.key}, timeout=30)

    def __enter__(self) -> "Persistent":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @again
    def sent(self, path: str, key: str, index: int = 0, **body: Any) -> Said:
        """What is answered to POST /v1/sessions/{path} in the end."""
        headers = {"Idempotency-Key": key, "X-Chunk-Index": str(index)}
        return self._said(self._http.post(f"/v1/sessions/{path}", headers=headers, **body))

    @again
    def got(self, path: str) -> Said:
        """What is answered to GET in the end."""
        return self._said(self._http.get(path))

    def _said(self, answer: httpx.Response) -> Said:
        if answer.status_code >= 500:
            raise Away(answer.text)
        assert answer.is_success, answer.text
        self.answered += 1
        said: Said = answer.json()
        return said
