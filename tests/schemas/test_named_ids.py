"""An id that follows from a name is the standard library's UUIDv5."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from schemas.shared.named_ids import named_ids


@given(st.uuids(), st.lists(st.text()))
def test_an_id_is_the_uuid5_of_its_namespace_and_name(namespace: uuid.UUID, names: list[str]) -> None:
    id_of = named_ids(namespace)
    assert [id_of(name) for name in names] == [str(uuid.uuid5(namespace, name)) for name in names]
