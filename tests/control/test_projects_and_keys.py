"""Projects and their API keys, on both databases: who is found by what, and who no longer is."""

from datetime import datetime

import pytest

from control.api_keys import Untried
from control.faults import KeyExists, KeyUnknown, OrganisationUnknown, ProjectExists, ProjectUnknown
from control.projects import BadProjectName, Project
from control.store import Control
from tests.control.conftest import Clock

LOOKUP, OTHER_LOOKUP = "1" * 64, "2" * 64
SHA256 = "a" * 64
BCRYPT = "$2b$12$" + "a" * 53
OTHER_BCRYPT = "$2a$10$" + "b" * 53


@pytest.fixture
def project(control: Control) -> Project:
    control.organisations.create("acme")
    return control.projects.create("acme", "shop", 2)


def test_a_project_is_found_by_its_id_and_by_its_name(control: Control, project: Project) -> None:
    assert project.created_at == datetime.fromisoformat("2026-02-17T10:00:00Z")
    assert [control.projects.find(name) for name in (project.id, "shop")] == [project, project]
    assert control.projects.list() == [project]


def test_a_name_is_one_projects_in_its_organisation_and_may_be_anothers_elsewhere(
    control: Control, project: Project
) -> None:
    with pytest.raises(ProjectExists, match="'acme' has a project 'shop' already"):
        control.projects.create("acme", "shop", 0)
    control.organisations.create("globex")
    other = control.projects.create("globex", "shop", 0)
    with pytest.raises(ProjectUnknown, match=r"\(acme, globex\): name one with --org"):
        control.projects.find("shop")
    assert control.projects.find("shop", "globex") == other
    with pytest.raises(ProjectUnknown, match="no project"):
        control.projects.find(project.id, "globex")


@pytest.mark.parametrize("name", ["", " shop", "a\nb", "x" * 129])
def test_a_name_that_cannot_be_shown_is_refused(control: Control, project: Project, name: str) -> None:
    with pytest.raises(BadProjectName):
        control.projects.create("acme", name, 2)


def test_a_project_is_of_an_organisation_that_there_is(control: Control) -> None:
    with pytest.raises(OrganisationUnknown, match="`kinelake org create` makes one"):
        control.projects.create("acme", "shop", 2)


def test_a_key_is_found_by_its_lookup_in_its_family_alone(control: Control, project: Project) -> None:
    made = control.api_keys.create("capture", project, "gdpr:org", LOOKUP, "pepper")
    assert (made.tenant, made.project_id, made.scope, made.default_consent) == ("acme", project.id, "gdpr:org", 2)
    assert control.api_keys.find("capture", LOOKUP, SHA256) == made
    assert control.api_keys.find("game", LOOKUP, SHA256) is None
    assert control.api_keys.find("capture", OTHER_LOOKUP, SHA256) is None


def test_a_key_that_was_taken_over_is_found_by_its_hash_and_never_twice(control: Control, project: Project) -> None:
    taken = control.api_keys.take_over("capture", project, "", SHA256)
    assert control.api_keys.find("capture", LOOKUP, SHA256) == taken
    assert control.api_keys.untried("capture") == []
    control.api_keys.revoke(taken.id)
    with pytest.raises(KeyExists, match="revoked or not"):
        control.api_keys.take_over("capture", project, "", SHA256)


def test_bcrypt_hashes_are_to_be_tried_until_their_key_was_shown(
    control: Control, project: Project, clock: Clock
) -> None:
    first = control.api_keys.take_over("capture", project, "", BCRYPT)
    clock.pass_seconds(1)
    second = control.api_keys.take_over("capture", project, "", OTHER_BCRYPT)
    control.api_keys.take_over("game", project, "", BCRYPT)
    assert control.api_keys.untried("capture") == [Untried(first.id, BCRYPT), Untried(second.id, OTHER_BCRYPT)]
    assert control.api_keys.shown(first.id, LOOKUP, "pepper") == first
    assert control.api_keys.untried("capture") == [Untried(second.id, OTHER_BCRYPT)]
    assert control.api_keys.find("capture", LOOKUP, SHA256) == first
    control.api_keys.revoke(second.id)
    assert control.api_keys.untried("capture") == []


def test_a_revoked_key_stays_known_as_such_and_keeps_its_first_time(
    control: Control, project: Project, clock: Clock
) -> None:
    made = control.api_keys.create("capture", project, "", LOOKUP, "pepper")
    revoked_at = clock()
    control.api_keys.revoke(made.id)
    clock.pass_seconds(1)
    assert control.api_keys.revoke(made.id).revoked_at == revoked_at
    (found,) = control.api_keys.list()
    assert found == control.api_keys.find("capture", LOOKUP, SHA256)
    assert found.revoked_at == revoked_at
    with pytest.raises(KeyUnknown, match="`kinelake key list`"):
        control.api_keys.revoke("nobody's")


def test_the_revision_grows_with_whatever_changes_who_is_let_in(control: Control, project: Project) -> None:
    revisions = [control.api_keys.revision()]
    made = control.api_keys.create("capture", project, "", LOOKUP, "pepper")
    revisions.append(control.api_keys.revision())
    control.api_keys.take_over("capture", project, "", SHA256)
    revisions.append(control.api_keys.revision())
    control.api_keys.revoke(made.id)
    revisions.append(control.api_keys.revision())
    assert revisions == sorted(set(revisions))


def test_lookups_of_another_pepper_are_found_out(control: Control, project: Project) -> None:
    control.api_keys.take_over("capture", project, "", SHA256)
    assert not control.api_keys.of_another_pepper("pepper")
    control.api_keys.create("capture", project, "", LOOKUP, "pepper")
    assert not control.api_keys.of_another_pepper("pepper")
    assert control.api_keys.of_another_pepper("salt")
