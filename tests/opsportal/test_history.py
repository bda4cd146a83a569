"""Who changed what, on the page of a row and by the API."""

import pytest

from opsportal.lib.audit import name_of
from tests.api import make_person, script, session
from tests.factories import make_policy, make_user

pytestmark = pytest.mark.django_db


def test_the_page_shows_a_row_with_its_parts_to_who_may_see_it():
    owner, responder = make_person("Owner"), make_person("Responder")
    ana = make_user("Ana")
    policy = make_policy(ana, name="Standard")
    url = f"/history/escalation.policy/{policy.pk}/"

    page = session(owner).get(url)
    assert page.status_code == 200
    text = page.content.decode()
    assert "History of Standard" in text
    assert "Ana" in text
    assert session(responder).get(url).status_code == 403
    assert session(owner).get("/history/incidents.incident/1/").status_code == 404
    assert session(owner).get("/history/nonsense/1/").status_code == 404
    admin = session(owner).get(f"/admin/escalation/policy/{policy.pk}/history/")
    assert admin["Location"] == url


def test_the_api_lists_changes_by_table_row_and_whole():
    owner = make_person("Owner")
    policy = make_policy(make_user("Ana"), name="Standard")
    client = script(owner, "config:read")

    parts = client.get("/api/v1/history/", {"part_of": name_of(policy)}).json()["results"]
    assert [one["table"] for one in parts] == ["escalation.target", "escalation.step"]
    assert (
        client.get("/api/v1/history/", {"table": "escalation.policy"}).json()["results"][0][
            "changes"
        ]["name"][1]
        == "Standard"
    )
    other = script(make_person("Responder"), "config:read")
    assert other.get("/api/v1/history/").json()["results"] == []
