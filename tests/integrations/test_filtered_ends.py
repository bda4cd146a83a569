"""What closes an alert passes the filters that its beginning passed."""

import pytest

from incidents.models import Alert, Incident
from integrations.backtest import compare
from integrations.models import Integration
from integrations.setup import edit
from tests.factories import make_integration, make_policy, make_service
from tests.integrations.posting import log, post, work

pytestmark = pytest.mark.django_db
RULES = {
    "source": "Probe",
    "fields": {"source_id": "id", "status": "state", "severity": "severity", "subject": "title"},
    "close_when": {"values": ["CLEAR"]},
    "open_when": {"values": ["ALARM"]},
}


def only(**wanted):
    rows = [{"path": name, "values": [value]} for name, value in wanted.items()]
    return {**RULES, "filters": {"all": rows}}


def begin(number=1, **fields):
    return {"id": number, "state": "ALARM", "severity": "critical", "title": "Disk", **fields}


def end(number=1, **fields):
    return {"id": number, "state": "CLEAR", "severity": "clear", "title": "Disk", **fields}


def sender(rules, **fields):
    fields.setdefault("service", make_service(make_policy()))
    return make_integration("custom", rules=rules, **fields)


@pytest.mark.parametrize(
    ("filters", "changed"),
    [
        ({"severity": "critical"}, {}),
        ({"title": "Disk"}, {"title": "Disk is well again"}),
        ({"state": "ALARM"}, {}),
        ({"host": "web-1"}, {"host": None}),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_the_end_of_what_was_let_in_is_let_in(client, filters, changed, together):
    integration = sender(only(**filters))

    post(client, integration, begin(host="web-1"))
    if not together:
        work()
    post(client, integration, end(**changed))
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]
    assert Incident.objects.get().is_resolved


def test_a_refusing_row_lets_the_end_pass_as_well(client):
    refusing = {"none": [{"path": "severity", "values": ["clear"]}]}
    integration = sender({**RULES, "filters": refusing})

    post(client, integration, begin())
    work()
    post(client, integration, end())
    work()

    assert not Alert.objects.open().exists()


def test_what_it_did_not_open_is_refused_as_before(client):
    integration = sender(only(severity="critical"))
    other = sender(RULES, service=integration.service)

    post(client, other, begin(2))
    post(client, integration, end(1))
    post(client, integration, end(2))
    post(client, integration, begin(3, severity="warning"))
    work()

    assert log() == ["Mapped (opened)", *["Mapping Failed"] * 3]
    assert Alert.objects.open().count() == 1


def test_of_a_group_only_what_ends_an_alert_passes(client):
    rules = only(severity="critical")
    integration = sender({**rules, "each": ["alerts"]})
    pair = {"severity": "critical", "alerts": [begin(1), begin(2)]}
    post(client, integration, pair)
    work()

    post(client, integration, {"severity": "warning", "alerts": [begin(7), end(2), end(8)]})
    work()

    assert [alert.source_id for alert in Alert.objects.open()] == ["1"]
    assert log()[-1] == "Mapped (closed)"


@pytest.mark.parametrize("sequence", [0, 9], ids=["before it", "after it"])
def test_of_two_on_one_url_the_end_goes_to_the_one_that_opened(client, sequence):
    critical = sender(only(severity="critical"), sequence=5)
    clone = edit.clone_integration(critical.pk)
    others = {**RULES, "filters": {"none": [{"path": "severity", "values": ["critical"]}]}}
    row = Integration.objects.filter(pk=clone.pk)
    row.update(rules=others, sequence=sequence, service=make_service(make_policy()))

    post(client, critical, begin())
    work()
    post(client, critical, end())
    work()

    assert Alert.objects.get().service == critical.service
    assert not Alert.objects.open().exists()


def test_the_end_of_what_it_opened_itself_stays_with_who_accepts_it(client):
    first = sender(only(severity="critical"), sequence=1)
    clone = edit.clone_integration(first.pk)
    Integration.objects.filter(pk=clone.pk).update(rules=RULES, service=make_service(make_policy()))

    post(client, first, begin(1))
    post(client, first, begin(1, severity="warning"))
    work()
    post(client, first, end(1))
    work()

    assert [alert.service_id for alert in Alert.objects.open()] == [first.service_id]


def test_a_back_test_lets_the_end_pass_too(client):
    integration = sender(RULES)
    post(client, integration, begin())
    post(client, integration, end())
    work()

    tried = compare(integration, only(severity="critical"))

    assert (tried.after.opened, tried.after.closed) == (1, 1)
