"""A server that speaks through one of two SDKs: does what each line of its input says, a JSON object, and answers each
with a line once it is done. Arguments: which SDK, where to, the write key.
"""

import json
import sys
from importlib import import_module
from typing import Any

PACKAGES = {"segment-analytics-python": "segment.analytics.client", "rudder-sdk-python": "rudderstack.analytics.client"}
NAMES = {"userId": "user_id", "groupId": "group_id", "previousId": "previous_id"}
FLUSH_SECONDS = 0.2


def main(name: str, url: str, write_key: str) -> None:
    client: Any = import_module(PACKAGES[name]).Client(
        write_key, host=url, gzip=True, upload_interval=FLUSH_SECONDS, on_error=_said
    )
    for line in sys.stdin:
        item = json.loads(line)
        call = getattr(client, item.pop("call"))
        call(**{NAMES.get(key, key): value for key, value in item.items()})
        print("done", flush=True)
    client.shutdown()


def _said(error: object, items: object) -> None:
    print(error, file=sys.stderr)


main(*sys.argv[1:])
