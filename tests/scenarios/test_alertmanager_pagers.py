"""A real Alertmanager whose receivers for PagerDuty and Opsgenie are told this portal's address."""

import json

import pytest

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import log, work
from tests.monitoring import Alertmanager, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.alertmanager,
    pytest.mark.needs("prometheus-alertmanager"),
]


class Grouping(Alertmanager):
    """All alerts of a name are one group, so that a group changes while it is open."""

    def command(self):
        command = super().command()
        config = json.loads((self.folder / "am.yml").read_text())
        config["route"]["group_by"] = ["alertname"]
        (self.folder / "am.yml").write_text(json.dumps(config))
        return command


def pagerduty(server):
    integration = make_integration("events-api-v2", rate_limit=0)
    sent_to = {"routing_key": integration.token, "url": f"{server.url}/v2/enqueue"}
    return {"pagerduty_configs": [sent_to]}


def opsgenie(server):
    integration = make_integration("opsgenie", rate_limit=0)
    sent_to = {
        "api_key": integration.token,
        "api_url": f"{server.url}/",
        "update_alerts": True,
        "message": "{{ len .Alerts.Firing }} firing",
        "description": "{{ .CommonLabels.alertname }}",
        "priority": "P1",
        "tags": "env:prod,disk",
        "responders": [{"name": "Databases", "type": "team"}],
    }
    return {"opsgenie_configs": [sent_to]}


@pytest.mark.parametrize("receiver", [pagerduty, opsgenie])
def test_a_group_that_opens_changes_and_ends_is_exactly_one_incident(
    live_server, tmp_path, receiver
):
    each = 3 if receiver is opsgenie else 1  # With two updates after each creation.

    def flushed(times):
        work()
        return InboundMessage.objects.count() >= times * each

    with Grouping(tmp_path / "am", receiver(live_server)) as manager:
        manager.post(alertname="DiskFull", instance="db-1")
        until(lambda: flushed(1))
        manager.post(alertname="DiskFull", instance="db-2")
        until(lambda: flushed(2))
        assert Incident.objects.get().is_open
        for instance in ("db-1", "db-2"):
            manager.post(alertname="DiskFull", instance=instance, is_over=True)
        until(lambda: work() is not None and Incident.objects.get().is_resolved)
        output = manager.output

    assert Alert.objects.count() == 1
    assert "Mapping Failed" not in log()
    assert "Notify attempt failed" not in output
    if receiver is opsgenie:
        assert Alert.objects.get().title == "2 firing"
        assert Incident.objects.get().priority == "P1"
