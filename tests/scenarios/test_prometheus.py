"""Prometheus itself as a sender, amtool as a reader, and the other receivers of Alertmanager."""

import json
import time

import pytest
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations.engine.timers import run_timers
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import log, work
from tests.monitoring import Alertmanager, Prometheus, amtool, until

pytestmark = pytest.mark.django_db(transaction=True)


def open_names():
    """The engine's work, and what is open after it."""
    work()
    run_timers(timezone.now())
    return sorted(Alert.objects.open().values_list("source_name", flat=True))


@pytest.fixture
def target(live_server):
    """The address of an integration for Prometheus."""
    integration = make_integration("prometheus-server", name="Prometheus", rate_limit=0)
    return f"{live_server.url}/alertmanager/{integration.token}"


@pytest.mark.alertmanager
@pytest.mark.needs("prometheus")
def test_prometheus_opens_repeats_without_paging_and_closes(target, tmp_path):
    with Prometheus(tmp_path / "prometheus", target) as prometheus:
        # What stops firing is told, at once; what is no longer a rule at all is not.
        # It knows the target some seconds after a reload, on a busy machine many.
        passing = f"vector(time()) < {time.time() + 40:.0f}"
        prometheus.reload(DiskFull="vector(1)", Passing=passing)
        until(lambda: open_names() == ["DiskFull", "Passing"])
        until(lambda: open_names() == ["DiskFull"])
        assert "Mapped (closed)" in log()
        alert = Alert.objects.open().get()
        until(lambda: open_names() and Alert.objects.get(pk=alert.pk).count >= 4)
        prometheus.reload()
        until(lambda: open_names() == [])

    assert Incident.objects.count() == 2
    opened = [
        incident.timeline.filter(verb="opened").count() for incident in Incident.objects.all()
    ]
    assert opened == [1, 1]
    assert set(InboundMessage.objects.values_list("answer", flat=True)) == {200}


@pytest.mark.alertmanager
@pytest.mark.needs("prometheus")
def test_a_message_that_was_lost_is_made_good_by_the_next(target, tmp_path):
    with Prometheus(tmp_path / "prometheus", target) as prometheus:
        prometheus.reload(DiskFull="vector(1)")
        until(InboundMessage.objects.exists)
        InboundMessage.objects.all().delete()
        until(lambda: open_names() == ["DiskFull"])


@pytest.mark.alertmanager
@pytest.mark.needs("amtool")
def test_amtool_asks_the_portal_as_it_asks_an_alertmanager(target):
    amtool(target, "alert", "add", "DiskFull", "severity=critical", "instance=db-07")
    amtool(target, "alert", "add", "CpuHigh", "severity=warning", "instance=db-08")
    work()

    shown = json.loads(amtool(target, "-o", "json", "alert", "query"))
    assert sorted(one["labels"]["alertname"] for one in shown) == ["CpuHigh", "DiskFull"]
    assert "CpuHigh" not in amtool(target, "alert", "query", "severity=~crit.*")
    assert "DiskFull" in amtool(target, "alert", "query", "DiskFull")
    assert amtool(target, "silence", "query").splitlines()[1:] == []
    assert "disabled" in amtool(target, "cluster", "show")


RECEIVERS = {
    "victorops": lambda base, token: {
        "victorops_configs": [
            {
                "api_url": f"{base}/integrations/generic/20131114/alert/",
                "api_key": token,
                "routing_key": "ops",
            }
        ]
    },
    "slack-webhook": lambda base, token: {
        "slack_configs": [
            {"api_url": f"{base}/hooks/slack/{token}", "channel": "#ops", "send_resolved": True}
        ]
    },
}


@pytest.mark.alertmanager
@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.parametrize("template", RECEIVERS)
def test_the_other_receivers_of_alertmanager_open_and_close_one_alert(
    live_server, tmp_path, template
):
    integration = make_integration(template)
    receiver = RECEIVERS[template](live_server.url, integration.token)

    with Alertmanager(tmp_path / "am", receiver) as alertmanager:
        alertmanager.post(alertname="DiskFull", instance="db-07")
        alertmanager.post(alertname="CpuHigh", instance="db-07")
        until(lambda: work() + 1 and Alert.objects.open().count() == 2)
        alertmanager.post(alertname="DiskFull", instance="db-07", is_over=True)
        until(lambda: work() + 1 and Alert.objects.open().count() == 1)

    assert "CpuHigh" in Alert.objects.open().get().title
    assert sorted(log()) == ["Mapped (closed)", "Mapped (opened)", "Mapped (opened)"]
    assert "level=error" not in alertmanager.output
