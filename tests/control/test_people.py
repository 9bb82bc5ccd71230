"""People with profiles, and keys that act for them, on both databases; and what an erasure leaves of either."""

from typing import Any

import pytest

from control.faults import OrganisationUnknown, PersonExists, PersonUnknown
from control.organisations import subject_of
from control.people import BadPerson, Profile
from control.store import Control
from tests.control.conftest import Clock

ANN = "ann@example.org"
PROFILE = Profile("Ann", "ann@example.org", 61.5, 172.0, "de")
LOOKUP = "1" * 64


@pytest.fixture
def acme(control: Control) -> Control:
    control.organisations.create("acme")
    return control


def test_a_person_is_found_by_their_id_in_their_organisation_and_has_its_subject(acme: Control, clock: Clock) -> None:
    made = acme.people.create("acme", ANN, PROFILE)
    organisation = acme.organisations.get("acme")
    assert organisation is not None
    assert (made.subject, made.created_at) == (subject_of(organisation.key, ANN), clock())
    assert acme.people.get("acme", ANN) == made
    assert acme.people.get("globex", ANN) is acme.people.get("acme", "bob") is None
    assert acme.people.list() == acme.people.list("acme") == [made]
    assert ANN not in repr(made)


def test_a_profile_is_made_once_and_then_changed(acme: Control) -> None:
    acme.people.create("acme", ANN, PROFILE)
    with pytest.raises(PersonExists, match="`kinelake user update`"):
        acme.people.create("acme", ANN, Profile())
    changed = acme.people.change("acme", ANN, {"weight_kg": 60.0, "language": None})
    assert changed.profile == PROFILE._replace(weight_kg=60.0, language=None)
    assert acme.people.get("acme", ANN) == changed
    with pytest.raises(PersonUnknown, match="`kinelake user create`"):
        acme.people.change("acme", "bob", {"weight_kg": 60.0})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight_kg": 19.9}, "weight_kg lies between 20 and 300"),
        ({"weight_kg": float("nan")}, "weight_kg"),
        ({"height_cm": 251.0}, "height_cm lies between 100 and 250"),
        ({"display_name": ""}, "display_name is 1 to 256"),
        ({"email": "a\nb"}, "email is 1 to 256"),
    ],
)
def test_what_cannot_be_so_is_refused_when_made_and_when_changed(
    acme: Control, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadPerson, match=words):
        acme.people.create("acme", ANN, Profile(**changes))
    acme.people.create("acme", ANN, PROFILE)
    with pytest.raises(BadPerson, match=words):
        acme.people.change("acme", ANN, changes)


@pytest.mark.parametrize("user_id", ["", "a\nb", "x" * 257])
def test_an_id_that_cannot_be_shown_is_refused(acme: Control, user_id: str) -> None:
    with pytest.raises(BadPerson, match="1 to 256 printable characters"):
        acme.people.create("acme", user_id, Profile())
    with pytest.raises(BadPerson):
        acme.people.holder("acme", user_id, "Pro", 2)


def test_a_person_is_of_an_organisation_that_there_is(control: Control) -> None:
    with pytest.raises(OrganisationUnknown, match="`kinelake org create`"):
        control.people.create("acme", ANN, Profile())
    with pytest.raises(OrganisationUnknown):
        control.people.holder("acme", ANN, "Pro", 2)


def test_a_key_acts_for_a_person_with_their_plan_role_and_consent(acme: Control) -> None:
    holder = acme.people.holder("acme", ANN, "Pro", 2)
    made = acme.api_keys.create("motion", holder, "sub-admin", LOOKUP, "pepper")
    assert acme.api_keys.find("motion", LOOKUP, "") == made
    assert (made.owner, made.subject, made.plan, made.scope) == (ANN, holder.subject, "Pro", "sub-admin")
    assert (made.tenant, made.project_id, made.default_consent) == ("acme", "", 2)
    assert ANN not in repr(made)


def test_of_an_erased_person_nothing_names_them_and_their_keys_have_ended(acme: Control, clock: Clock) -> None:
    acme.people.create("acme", ANN, PROFILE)
    bob = acme.people.create("acme", "bob", Profile())
    keys = []
    for name, lookup in ((ANN, "1"), ("bob", "2")):
        holder = acme.people.holder("acme", name, "none", 2)
        keys.append(acme.api_keys.create("motion", holder, "user", lookup * 64, "pepper"))
        clock.pass_seconds(1)
    before = acme.api_keys.revision()
    acme.erasures.begin(tenant="acme", subject=keys[0].subject, requested_by="operator")
    assert acme.people.list() == [bob]
    ended, left = acme.api_keys.list()
    assert (ended.owner, ended.revoked_at, left) == ("", clock(), keys[1])
    assert acme.api_keys.revision() == before + 1, "who remembers keys asks again"


def test_an_erasure_within_a_project_leaves_the_person(acme: Control) -> None:
    ann = acme.people.create("acme", ANN, PROFILE)
    project = acme.projects.create("acme", "shop", 2)
    acme.erasures.begin(tenant="acme", subject=ann.subject, requested_by="operator", scope=project.id)
    assert acme.people.list() == [ann]
