import json
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations.dialects.alertmanager.alerts import fingerprint
from integrations.dialects.alertmanager.matchers import BadMatcher, parse
from integrations.models import InboundMessage
from integrations.setup import integrations, security
from tests.factories import make_integration
from tests.integrations.posting import log, work

LABELS = {"alertname": "DiskFull", "instance": "db-07", "severity": "critical"}


@pytest.fixture
def integration(db):
    return make_integration("prometheus-server", name="Prometheus")


def alert(minutes=4, labels=None, **more):
    """As Prometheus sends it: its end is some minutes ahead while it fires."""
    ends_at = (timezone.now() + timedelta(minutes=minutes)).isoformat()
    texts = {"summary": "Disk of db-07 is full"}
    return {"labels": labels or LABELS, "annotations": texts, "endsAt": ends_at, **more}


def url(integration, what="alerts"):
    return f"/alertmanager/{integration.token}/api/v2/{what}"


def post(client, integration, body):
    return client.post(url(integration), body, content_type="application/json")


def get(client, integration, what="alerts"):
    return client.get(url(integration, what)).json()


def test_the_answer_is_200_without_a_word(client, integration):
    answer = post(client, integration, [alert()])

    assert (answer.status_code, answer.content) == (200, b"")


def test_what_fires_opens_is_repeated_without_paging_and_closes(client, integration):
    for body in (alert(), alert(5), alert(-1)):
        post(client, integration, [body])
    work()

    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"]
    assert Incident.objects.get().timeline.filter(verb="opened").count() == 1


def test_an_end_that_lies_ahead_is_when_silence_closes_it(client, integration):
    body = alert(4)

    post(client, integration, [body])
    work()

    assert Alert.objects.get().expires_at.isoformat() == body["endsAt"]


def test_whether_it_is_over_is_decided_by_when_it_came(client, integration):
    """An engine that was down for long must not close what still fires."""
    post(client, integration, [alert(4)])
    InboundMessage.objects.update(received_at=timezone.now() - timedelta(hours=1))
    [row] = InboundMessage.objects.all()
    late = {**alert(), "endsAt": (row.received_at + timedelta(minutes=4)).isoformat()}
    InboundMessage.objects.filter(pk=row.pk).update(body=json.dumps([late]).encode())

    work()

    assert log() == ["Mapped (opened)"]


def test_alerts_with_the_same_name_and_other_labels_are_others(client, integration):
    post(client, integration, [alert(), alert(labels={**LABELS, "instance": "db-08"})])
    work()

    assert Alert.objects.open().count() == 2


def test_the_order_of_the_labels_does_not_matter(client, integration):
    post(client, integration, [alert()])
    post(client, integration, [alert(labels=dict(reversed(LABELS.items())))])
    work()

    assert log() == ["Mapped (opened)", "Mapped Appended"]


def test_one_message_closes_some_and_opens_others(client, integration):
    post(client, integration, [alert()])
    post(client, integration, [alert(-1), alert(labels={"alertname": "CpuHigh"})])
    work()

    assert Alert.objects.open().get().source_name == "CpuHigh"


@pytest.mark.parametrize("body", ['{"labels": {}}', '"x"', "[broken"])
def test_what_is_no_list_is_400_and_kept(client, integration, body):
    answer = post(client, integration, body)

    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert log() == ["Mapping Failed"]


def test_an_alert_without_labels_does_not_lose_the_others(client, integration):
    post(client, integration, [{"labels": {}}, 7, alert()])
    work()

    assert Alert.objects.get().title == "Disk of db-07 is full"


@pytest.mark.parametrize("what", ["alerts", "alerts/groups", "status", "receivers", "silences"])
@pytest.mark.django_db
def test_an_unknown_key_reads_nothing(client, what):
    answer = client.get(f"/alertmanager/nope/api/v2/{what}")

    assert (answer.status_code, type(answer.json())) == (404, str)


@pytest.mark.parametrize("what", ["alerts", "alerts/groups", "silences", "status"])
def test_who_must_sign_cannot_read_with_the_key_alone(client, integration, what):
    security.change_signature(integration.pk, "generic", "s3cret-enough")

    assert client.get(url(integration, what)).status_code == 401


def test_a_disabled_integration_is_403(client, integration):
    integrations.set_enabled(integration.pk, False)

    assert post(client, integration, [alert()]).status_code == 403
    assert client.get(url(integration)).status_code == 403


@pytest.mark.django_db
def test_past_the_rate_it_is_429_and_kept(client):
    integration = make_integration("prometheus-server", rate_limit=1)

    answers = [post(client, integration, [alert(n)]) for n in (4, 5)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert InboundMessage.objects.count() == 2


def test_open_alerts_are_shown_as_an_alertmanager_shows_them(client, integration):
    post(client, integration, [alert(generatorURL="https://prom.example.net/graph")])
    post(
        client, integration, [alert(labels={"alertname": "Over"}), alert(-1, {"alertname": "Over"})]
    )
    work()

    [shown] = get(client, integration)

    assert shown["labels"] == LABELS
    assert shown["annotations"] == {"summary": "Disk of db-07 is full"}
    assert shown["fingerprint"] == fingerprint(LABELS)
    assert shown["status"]["state"] == "active"
    assert shown["receivers"] == [{"name": "Prometheus"}]
    assert shown["generatorURL"] == "https://prom.example.net/graph"


def test_alerts_of_others_are_not_shown(client, integration):
    other = make_integration("prometheus-server")
    post(client, other, [alert()])
    work()

    assert get(client, integration) == []


def test_a_suppressed_alert_counts_as_silenced(client, integration):
    post(client, integration, [alert()])
    work()
    Alert.objects.update(suppressed_by="Release night")

    assert get(client, integration)[0]["status"]["silencedBy"] == ["Release night"]
    assert get(client, integration, "alerts?silenced=false") == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ('filter=severity="critical"', 1),
        ("filter=severity=critical", 1),
        ('filter=severity=~"crit.*"', 1),
        ('filter=severity!="critical"', 0),
        ('filter=severity!~"warn|info"', 1),
        ('filter=team=""', 1),
        ('filter=severity="critical"&filter=alertname="Other"', 0),
        ('filter={alertname="DiskFull",instance=~"db-.*"}', 1),
        ("active=false", 0),
        ("receiver=Prom.*", 1),
        ("receiver=other", 0),
    ],
)
def test_filters_choose(client, integration, query, count):
    post(client, integration, [alert()])
    work()

    assert len(get(client, integration, f"alerts?{query}")) == count
    assert (
        sum(len(g["alerts"]) for g in get(client, integration, f"alerts/groups?{query}")) == count
    )


@pytest.mark.parametrize("text", ["nonsense", 'a=~"("', 'a="b" c', '{"a'])
def test_a_filter_that_is_none_is_400(client, integration, text):
    answer = client.get(url(integration), {"filter": text})

    assert (answer.status_code, type(answer.json())) == (400, str)
    with pytest.raises(BadMatcher):
        parse([text])


def test_silences_are_none_and_cannot_be_made_here(client, integration):
    assert get(client, integration, "silences") == []
    assert client.post(url(integration, "silences"), {}, "application/json").status_code == 400
    assert client.get(url(integration, "silence/x")).status_code == 404


def test_the_fingerprint_is_the_one_of_prometheus():
    """As a real Alertmanager shows them."""
    assert fingerprint({}) == "cbf29ce484222325"
    assert fingerprint(LABELS) == "30f536d59800e5e7"
