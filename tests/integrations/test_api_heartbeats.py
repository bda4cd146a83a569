import pytest

from integrations.models import Integration
from tests.api import owner
from tests.factories import make_integration, make_service
from tests.integrations.heartbeats import make_heartbeat, ping, row, state

pytestmark = pytest.mark.django_db
LIST = "/api/v1/integrations/"


def new(heartbeat, **fields):
    body = {"template": "heartbeat", "name": "Backup", "service": make_service().pk, **fields}
    return owner().post(LIST, body | ({"heartbeat": heartbeat} if heartbeat else {}))


def test_a_heartbeat_made_by_a_script_beats_at_its_url(client):
    timing = {"cron": "0 3 * * *", "time_zone": "Europe/Berlin", "grace_seconds": 1800}

    found = new(timing).json()

    assert (found["kind"], found["heartbeat"]["state"]) == ("heartbeat", "new")
    assert {name: found["heartbeat"][name] for name in timing} == timing
    assert client.post(_path(found["url"])).status_code == 200
    known = owner().get(f"{LIST}{found['id']}/").json()["heartbeat"]
    assert (known["state"], bool(known["last_ping_at"])) == ("up", True)


def _path(url):
    return "/" + url.partition("//")[2].partition("/")[2]


def test_a_heartbeat_without_its_schedule_is_refused():
    answer = new(None)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["heartbeat"])
    assert not Integration.objects.exists()


@pytest.mark.parametrize(
    ("timing", "field"), [({"cron": "x"}, "cron"), ({"time_zone": "Mars"}, "time_zone")]
)
def test_a_schedule_that_cannot_be_kept_is_refused_and_named(timing, field):
    answer = new({"every_seconds": 60} | timing if field == "time_zone" else timing)

    assert (answer.status_code, field in answer.json()["fields"]) == (400, True)
    assert not Integration.objects.exists()


def test_an_unknown_field_of_it_is_refused():
    answer = new({"every_seconds": 60, "grace": 5})

    assert answer.status_code == 400
    assert not Integration.objects.exists()


def test_other_integrations_have_none_and_take_none():
    integration = make_integration()

    shown = owner().get(f"{LIST}{integration.pk}/").json()
    answer = owner().patch(f"{LIST}{integration.pk}/", {"heartbeat": {"every_seconds": 60}})

    assert shown["heartbeat"] is None
    assert answer.status_code == 400


def test_it_is_changed_paused_and_resumed(client):
    integration = make_heartbeat()
    ping(client, integration)
    path = f"{LIST}{integration.pk}/"

    changed = owner().patch(path, {"heartbeat": {"every_seconds": 60}, "name": "Hourly"}).json()
    paused = owner().post(f"{path}pause/").json()
    resumed = owner().post(f"{path}resume/").json()

    assert (changed["name"], changed["heartbeat"]["every_seconds"]) == ("Hourly", 60)
    assert paused["heartbeat"]["state"] == "paused"
    assert resumed["heartbeat"]["state"] == state(integration) == "up"
    assert row(integration).grace_seconds == 60


def test_what_is_no_heartbeat_cannot_be_paused():
    answer = owner().post(f"{LIST}{make_integration().pk}/pause/")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid")


def test_a_key_that_may_only_read_pauses_nothing(client):
    integration = make_heartbeat()
    ping(client, integration)

    answer = owner("config:read").post(f"{LIST}{integration.pk}/pause/")

    assert answer.status_code == 403
    assert state(integration) == "up"
