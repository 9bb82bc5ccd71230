"""Organisations and the subjects of their people."""

import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from control.faults import OrganisationExists
from control.organisations import BadOrganisationName, subject_of
from control.store import Control


def test_a_created_organisation_is_found_by_name_with_its_key_and_time(control: Control, clock: object) -> None:
    made = control.organisations.create("acme")
    assert control.organisations.get("acme") == made
    assert len(made.key) == 32
    assert made.created_at == datetime.fromisoformat("2026-02-17T10:00:00Z")


def test_an_organisation_cannot_be_created_twice(control: Control) -> None:
    control.organisations.create("acme")
    with pytest.raises(OrganisationExists, match="acme"):
        control.organisations.create("acme")


def test_ensuring_an_organisation_gives_the_existing_one(control: Control) -> None:
    assert control.organisations.ensure("acme") == control.organisations.ensure("acme")


def test_threads_that_ensure_the_same_organisation_get_the_same_key(control: Control) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: control.organisations.ensure("acme").key, range(32)))
    assert len(keys) == 1


def test_organisations_are_listed_by_name_and_an_unknown_one_is_none(control: Control) -> None:
    for name in ("zeta", "acme"):
        control.organisations.create(name)
    assert [organisation.id for organisation in control.organisations.list()] == ["acme", "zeta"]
    assert control.organisations.get("nobody") is None


@pytest.mark.parametrize("name", ["", " acme", "a\nb", "x" * 129], ids=["empty", "blank", "control", "long"])
def test_a_name_that_cannot_be_one_is_refused(control: Control, name: str) -> None:
    with pytest.raises(BadOrganisationName, match="1 to 128 printable"):
        control.organisations.create(name)


def test_a_subject_is_the_hmac_of_the_identifier_under_the_organisations_key() -> None:
    expected = hmac.new(b"key", "zoë".encode(), "sha256").hexdigest()
    assert subject_of(b"key", "zoë") == expected
    assert subject_of(b"other", "zoë") != expected


def test_an_organisation_does_not_show_its_key(control: Control) -> None:
    assert "key" not in repr(control.organisations.create("acme"))
