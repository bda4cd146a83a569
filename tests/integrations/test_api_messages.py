import pytest

from incidents.models import Incident
from integrations.models import InboundMessage
from integrations.setup import replay
from tests.api import make_person, owner, script
from tests.factories import make_integration, make_service, make_team

pytestmark = pytest.mark.django_db
LIST = "/api/v1/inbound-messages/"


def make_message(**fields):
    """A message of the sample of the tool, worked off."""
    return replay.send_sample(make_integration(**fields).pk)


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


def test_the_list_leaves_the_bodies_out_and_the_page_of_one_shows_it():
    message, client = make_message(), owner()

    row = client.get(LIST).json()["results"][0]
    found = client.get(f"{LIST}{message.pk}/").json()

    assert row["status_label"] == "Mapped"
    assert "body" not in row
    assert '"check"' in found["body"]
    assert found["results"]


def test_secrets_in_a_body_are_covered():
    message = make_message()
    body = b'{"routing_key": "R0UT1NG", "nested": {"api_token": "T0K3N"}, "title": "Fire"}'
    InboundMessage.objects.filter(pk=message.pk).update(body=body, query="token=QU3RY&x=1")

    text = owner().get(f"{LIST}{message.pk}/").content.decode()

    assert "Fire" in text
    assert not [secret for secret in ("R0UT1NG", "T0K3N", "QU3RY") if secret in text]


def test_the_key_of_the_integration_is_covered_wherever_the_sender_puts_it():
    message = make_message()
    key = message.integration.token
    InboundMessage.objects.filter(pk=message.pk).update(
        body=f'{{"title": "sent to {key}"}}'.encode(),
        query=f"integrationId=1&key={key}",
        headers={"x-routing-key": "R0UT1NG", "referer": f"https://x.example/{key}", "host": "h"},
    )

    found = owner().get(f"{LIST}{message.pk}/")

    assert found.json()["headers"]["host"] == "h"
    assert key not in found.content.decode()
    assert "R0UT1NG" not in found.content.decode()


def test_a_body_that_is_no_text_is_shown_all_the_same():
    message = make_message()
    InboundMessage.objects.filter(pk=message.pk).update(body=b"\xff\xfe\x00\x01")

    assert owner().get(f"{LIST}{message.pk}/").status_code == 200


def test_messages_are_found_by_what_became_of_them():
    first, second = make_message(), make_message(template="grafana")
    client = owner()

    assert ids(client.get(LIST, {"status": "mapped"})) == [second.pk, first.pk]
    assert ids(client.get(LIST, {"status": "failed"})) == []
    assert ids(client.get(LIST, {"integration": first.integration_id})) == [first.pk]
    assert ids(client.get(LIST, {"incident": second.incident_id})) == [second.pk]
    assert ids(client.get(LIST, {"received_before": first.received_at.isoformat()})) == []
    assert ids(client.get(LIST, {"search": second.subject})) == [second.pk]


def test_a_dry_replay_says_what_would_happen_and_does_nothing():
    message = make_message()
    before = InboundMessage.objects.values().get(pk=message.pk)

    answer = owner("messages:read").post(f"{LIST}{message.pk}/replay/")

    assert (answer.status_code, answer.json()["dry"]) == (200, True)
    assert answer.json()["results"]
    assert InboundMessage.objects.values().get() == before
    assert Incident.objects.count() == 1


def test_a_real_replay_is_a_new_message():
    message = make_message()

    answer = owner().post(f"{LIST}{message.pk}/replay/", {"dry": False})

    assert answer.status_code == 201
    assert answer.json()["message"]["replay_of"] == message.pk
    assert InboundMessage.objects.count() == 2


def test_a_key_that_only_reads_does_not_replay_for_real():
    message = make_message()

    answer = owner("messages:read").post(f"{LIST}{message.pk}/replay/", {"dry": False})

    assert answer.status_code == 403
    assert InboundMessage.objects.count() == 1


def test_members_see_the_messages_of_their_services_and_replay_none():
    member = make_person("Responder")
    mine = make_message(service=make_service(team=make_team(member)))
    other = make_message()
    client = script(member)

    assert ids(client.get(LIST)) == [mine.pk]
    assert client.get(f"{LIST}{other.pk}/").status_code == 404
    assert client.post(f"{LIST}{mine.pk}/replay/").status_code == 403
