"""Applications and their tokens, on both databases: names, ids, and how many tokens of a kind are valid."""

from datetime import datetime

import pytest

from control.api_keys import ApiKey
from control.applications import Application, BadApplication
from control.faults import ApplicationExists, ApplicationUnknown, KeyExists, OrganisationUnknown
from control.store import Control
from tests.control.conftest import Clock

APP_ID = "72ab8f81-ef36-4712-a046-399a62b9afaa"


@pytest.fixture
def application(control: Control) -> Application:
    control.organisations.create("acme")
    return control.applications.create("acme", "jumper", 1, APP_ID.upper())


def rotated(control: Control, clock: Clock, application: Application, scope: str, digit: int) -> ApiKey:
    """A token made a second after the last one."""
    clock.pass_seconds(1)
    return control.api_keys.rotate("game", application, scope, str(digit) * 64, "pepper")


def test_an_application_is_found_by_its_id_in_lower_case_and_by_its_name(
    control: Control, application: Application
) -> None:
    assert (application.id, application.tenant, application.default_consent) == (APP_ID, "acme", 1)
    assert application.created_at == datetime.fromisoformat("2026-02-17T10:00:00Z")
    assert [control.applications.find(name) for name in (APP_ID, "jumper")] == [application] * 2
    assert control.applications.list() == [application]


def test_without_an_id_of_its_clients_it_gets_a_new_one(control: Control, application: Application) -> None:
    others = [control.applications.create("acme", name, 2) for name in ("runner", "flyer")]
    assert len({APP_ID, *(each.id for each in others)}) == 3


def test_a_name_is_one_applications_in_its_organisation_and_an_id_one_applications_anywhere(
    control: Control, application: Application
) -> None:
    control.organisations.create("globex")
    project = control.projects.create("globex", "shop", 2)
    taken = (
        ("acme", "jumper", None),
        ("acme", "runner", APP_ID),
        ("globex", "runner", APP_ID),
        ("globex", "shop", project.id),
    )
    for tenant, name, app_id in taken:
        with pytest.raises(ApplicationExists, match="`kinelake app list`"):
            control.applications.create(tenant, name, 2, app_id)
    other = control.applications.create("globex", "jumper", 2)
    with pytest.raises(ApplicationUnknown, match=r"\(acme, globex\): add --org"):
        control.applications.find("jumper")
    assert control.applications.find("jumper", "globex") == other
    with pytest.raises(ApplicationUnknown, match="no application"):
        control.applications.find(APP_ID, "globex")


@pytest.mark.parametrize(
    ("name", "app_id"), [("", None), (" a", None), ("a\nb", None), ("x" * 129, None), ("a", "1"), ("a", "")]
)
def test_what_cannot_be_a_name_or_an_id_is_refused(
    control: Control, application: Application, name: str, app_id: str | None
) -> None:
    with pytest.raises(BadApplication):
        control.applications.create("acme", name, 2, app_id)


def test_an_application_is_of_an_organisation_that_there_is(control: Control) -> None:
    with pytest.raises(OrganisationUnknown, match="`kinelake org create` makes one"):
        control.applications.create("acme", "jumper", 2)


def test_a_token_has_its_applications_consent_level(control: Control, application: Application, clock: Clock) -> None:
    made = rotated(control, clock, application, "public", 1)
    assert (made.tenant, made.project_id, made.scope, made.default_consent) == ("acme", APP_ID, "public", 1)
    assert control.api_keys.find("game", "1" * 64, "a" * 64) == made
    assert control.api_keys.list() == [made]


def test_of_each_kind_the_newest_two_are_valid(control: Control, application: Application, clock: Clock) -> None:
    other = control.applications.create("acme", "runner", 2)
    kept = [rotated(control, clock, application, "secret", 8), rotated(control, clock, other, "public", 9)]
    tokens = [rotated(control, clock, application, "public", digit) for digit in range(1, 6)]
    valid = [each.id for each in control.api_keys.list() if each.revoked_at is None]
    assert valid == [each.id for each in (*kept, *tokens[-2:])]


@pytest.mark.parametrize("seconds", [0, -60])
def test_the_newest_two_are_valid_though_the_clock_stands_or_is_set_back(
    control: Control, application: Application, clock: Clock, seconds: int
) -> None:
    tokens = list[ApiKey]()
    for digit in range(1, 9):
        clock.pass_seconds(seconds - 1)
        tokens.append(rotated(control, clock, application, "public", digit))
        valid = [each.id for each in control.api_keys.list() if each.revoked_at is None]
        assert valid == [each.id for each in tokens[-2:]]


def test_after_a_revocation_the_other_one_stays_beside_the_next(
    control: Control, application: Application, clock: Clock
) -> None:
    first, second = (rotated(control, clock, application, "public", digit) for digit in (1, 2))
    control.api_keys.revoke(second.id)
    third = rotated(control, clock, application, "public", 3)
    assert [each.id for each in control.api_keys.list() if each.revoked_at is None] == [first.id, third.id]


def test_a_token_that_is_known_is_no_new_one_and_ends_none(
    control: Control, application: Application, clock: Clock
) -> None:
    made = [rotated(control, clock, application, "public", digit) for digit in (1, 2)]
    with pytest.raises(KeyExists):
        rotated(control, clock, application, "public", 1)
    assert control.api_keys.list() == made
    assert control.api_keys.is_known("game", "1" * 64)
    assert not control.api_keys.is_known("capture", "1" * 64)
