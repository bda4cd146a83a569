"""Round robins in the browser and by the API."""

import pytest

from escalation.models import RoundRobin
from tests.api import make_person, owner
from tests.factories import make_schedule, make_user
from tests.pages import browser, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_person("App Admin", name="Ada")


def ring_form(*rows, initial=0, **changed):
    fields = {"name": "Support", "new_person_each_repeat": "on", "ask_next_after_minutes": ""}
    fields |= {"entries-TOTAL_FORMS": len(rows), "entries-INITIAL_FORMS": initial}
    for index, row in enumerate(rows):
        fields |= {f"entries-{index}-{name}": value for name, value in row.items()}
    return fields | changed


def test_a_round_robin_is_edited_without_losing_the_turn(admin):
    ana, bo, cy = make_user("Ana"), make_user("Bo"), make_user("Cy")
    client = browser(admin)
    rows = [{"user": one.pk, "position": at} for at, one in enumerate((ana, bo, cy))]
    answer = client.post("/admin/escalation/roundrobin/add/", ring_form(*rows))
    assert answer.status_code == 302, answer.content
    ring = RoundRobin.objects.get()
    RoundRobin.objects.update(next_index=1)

    entries = list(ring.entries.all())
    moved = [
        {"id": entries[place].pk, "round_robin": ring.pk, "user": who.pk, "position": at}
        for at, (place, who) in enumerate(((2, cy), (0, ana), (1, bo)))
    ]
    answer = client.post(
        f"/admin/escalation/roundrobin/{ring.pk}/change/", ring_form(*moved, initial=3)
    )

    assert answer.status_code == 302, answer.content
    ring.refresh_from_db()
    assert ring.entries.all()[ring.next_index].user == bo
    assert "Bo" in words(client.get("/admin/escalation/roundrobin/"))


def test_a_round_robin_entry_is_a_person_or_a_schedule(admin):
    both = {"user": make_user().pk, "schedule": make_schedule().pk}

    for row in (both, {"position": "0", "user": ""}):
        answer = browser(admin).post(
            "/admin/escalation/roundrobin/add/", ring_form({**row, "position": "1"})
        )
        assert "Choose a person or a schedule." in answer.content.decode()


def test_round_robins_are_written_by_the_api():
    ana, bo = make_user("Ana"), make_user("Bo")
    schedule, client = make_schedule(name="Payments"), owner()
    body = {"name": "Ring", "entries": [{"user": ana.email}, {"schedule": "Payments"}]}

    answer = client.post("/api/v1/round-robins/", body)
    assert answer.status_code == 201, answer.json()
    path = f"/api/v1/round-robins/{answer.json()['id']}/"
    assert answer.json()["entries"][1] == {"user": None, "schedule": schedule.pk}
    RoundRobin.objects.update(next_index=1)

    changed = [{"user": bo.email}, {"schedule": schedule.pk}, {"user": ana.pk}]
    answer = client.patch(path, {"entries": changed})
    assert (answer.json()["next"], len(answer.json()["entries"])) == (1, 3)

    twice = client.patch(path, {"entries": [{"user": ana.pk}, {"user": ana.pk}]})
    assert twice.status_code in (400, 409)
    assert client.patch(path, {"entries": [{}]}).status_code == 400
    step_body = {
        "targets": [{"round_robin": "Ring"}, {"kind": "schedule_next", "schedule": "Payments"}]
    }
    policy = client.post("/api/v1/policies/", {"name": "P", "steps": [step_body]})
    assert [one["kind"] for one in policy.json()["steps"][0]["targets"]] == [
        "round_robin",
        "schedule_next",
    ]
    assert client.delete(path).status_code == 409
