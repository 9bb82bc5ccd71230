"""The S3 server of the tests does what Delta counts on, and comes back from kill -9 with its objects."""

import polars
import pytest
from deltalake import DeltaTable, write_deltalake
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from tests.servers import S3


@pytest.fixture
def bucket(s3: S3) -> S3Store:
    # obstore has the plain-HTTP permission among the client's options, not the store's.
    config = {name.lower(): value for name, value in s3.environment.items() if name != "AWS_ALLOW_HTTP"}
    return S3Store.from_url(s3.bucket(), config=config, client_options={"allow_http": True})  # type: ignore[arg-type]


def test_an_object_that_exists_is_not_put_again_with_if_none_match(bucket: S3Store) -> None:
    bucket.put("log/0.json", b"first", mode="create")
    with pytest.raises(AlreadyExistsError):
        bucket.put("log/0.json", b"second", mode="create")
    assert bytes(bucket.get("log/0.json").bytes()) == b"first"


def test_objects_are_listed_in_the_order_of_their_keys(bucket: S3Store) -> None:
    keys = [f"log/{number:020}.json" for number in range(300)]
    for key in reversed(keys):
        bucket.put(key, b"{}")
    assert [entry["path"] for page in bucket.list("log/", chunk_size=50) for entry in page] == keys


def test_a_server_killed_and_started_again_still_has_its_delta_table(s3: S3) -> None:
    table = f"{s3.bucket()}/events"
    rows = polars.DataFrame({"number": range(100)})
    write_deltalake(table, rows, storage_options=s3.environment)
    s3.kill()
    assert not s3.running
    s3.start()
    write_deltalake(table, rows, mode="append", storage_options=s3.environment)
    assert DeltaTable(table, storage_options=s3.environment).version() == 1
    assert polars.read_delta(table, storage_options=s3.environment).height == 200
