"""The keys of all templates: one for each problem, whatever people rename meanwhile."""

import pytest

from incidents.models import Alert
from integrations import catalog
from integrations.catalog import golden_samples
from integrations.models import Integration
from integrations.setup import edit
from tests.factories import make_integration, make_policy, make_service
from tests.integrations.posting import log, post, work
from tests.integrations.variations import (
    ID,
    NAME,
    actions,
    free_values,
    key_name,
    keys,
    read,
    tree_of,
    with_value,
    without,
)
from tests.rows import each

TEMPLATES = [one for one in catalog.all_templates().values() if one.kind == "api"]
PAIRS = [(one, *pair) for one in TEMPLATES for pair in golden_samples.pairs(one)]
OPENING = [(one, s) for one in TEMPLATES for s in one.samples if s.name.startswith("open")]
# Tools whose messages hold no id of it: what is named here is all that tells it apart.
ONLY_NAMES = {
    "ansible-awx": "name friendly_name",
    "appoptics": "account",
    "betterdb": "instance.host",
    "bitbucket": "commit_status.refname",
    "buildbot": "buildername",
    "centreon": "host_name service_name",
    "checkmk": "omd_site hostname",
    "circleci": "workflow.name job.name",
    "cloudevents": "subject ce-subject",
    "cloudflare": "data.health_check_name",
    "connectwise-automate": "connectwise_automate.client connectwise_automate.monitor",
    "datacake": "title device",
    "datadog": "title",
    "dotcom-monitor": "devicename",
    "expo-eas": "accountName projectName",
    "flux": "involvedObject.name involvedObject.namespace",
    "fortimonitor": "fortimonitor.name",
    "gatus": "group",
    "gearset": "job.name",
    "github": "check_run.name",
    "gitlab": "build_name",
    "goalert": "summary",
    "gocd": "name",
    "harbor": "event_data.repository.repo_full_name",
    "heroku-app-webhooks": "data.name",
    "icinga2": "host_name service_name",
    "influxdb": "host",
    "jenkins": "name url projectName",
    "n-able-ncentral": "notification.CustomerName notification.DeviceName",
    "nagios": "HOSTNAME",
    "nagios-xi": "HOSTNAME",
    "netdata": "host context space",
    "oncall-formatted-webhook": "title",
    "op5-monitor": "HOSTNAME",
    "prometheus-server": "0.labels.alertname 0.labels.severity",
    "riemann": "host",
    "robusta": "cluster_name",
    "semaphore-ci": "pipeline.yaml_file_name",
    "sematext": "filters.os.host",
    "sensu-go": "entity.metadata.name entity.metadata.namespace check.metadata.name",
    "serverguard24": "server_name server_address service_shortname",
    "slack-webhook": "attachments.0.title text",
    "sonarqube": "branch.name",
    "teamcity": "build.branchName",
    "tencent-cloud-monitor": "alarmPolicyInfo.conditions.metricName",
    "trivy-operator": "operatorObject.metadata.name operatorObject.metadata.namespace "
    "metadata.name metadata.namespace",
    "ubidots": "device",
    "ucloud-umon": "MetricName",
    "uptrends": "monitor",
}
# Names that the tool gives, addresses and accounts: they are as good as an id.
IDS = {
    "alibaba-cloudmonitor": "namespace",
    "aws-cloudwatch": "Trigger.Namespace Message.Trigger.Namespace",
    "aws-eventbridge-cloudwatch": "account",
    "coroot": "url",
    "disruptive-technologies": "event.targetName",
    "freshdesk": "freshdesk_webhook.ticket_url",
    "gitlab": "object_attributes.url",
    "harbor": "event_data.resources.0.resource_url",
    "hetrixtools": "0.monitor",
    "hund": "component.url",
    "netlify": "context",
    "onlineornot": "url",
    "opsgenie": "alias",
    "oracle-cloud-monitoring": "alarmMetaData.0.namespace",
    "raygun": "error.url",
    "samsara": "data.incidentUrl",
    "sonarr": "instanceName",
    "spacelift": "account",
    "statuscake": "URL",
    "tencent-cloud-monitor": "alarmObjInfo.namespace",
    "zabbix": "zabbix_url",
}


@each(("one", "opened", "closed"), PAIRS)
def test_the_end_finds_its_alert_whatever_was_renamed(one, opened, closed):
    wanted = keys(read(one, tree_of(one, opened)))
    known = f"{ONLY_NAMES.get(one.slug, '')} {IDS.get(one.slug, '')}".split()

    renamed = {
        ".".join(map(str, place[1:])): found
        for place, _, found in free_values(one, tree_of(one, closed))
        if NAME.search(key_name(place)) and not ID.search(key_name(place))
    }

    assert [name for name, found in renamed.items() if found != wanted and name not in known] == []


@each(("one", "sample"), OPENING)
def test_two_messages_about_different_things_never_share_a_key(one, sample):
    tree = tree_of(one, sample)
    wanted = read(one, tree)

    other = with_others(one, tree, wanted)

    assert not set(keys(wanted)) & set(keys(read(one, other)))


@each(("one", "sample"), OPENING)
def test_without_what_identifies_them_they_do_not_share_one_either(one, sample):
    bare = tree_of(one, sample)
    wanted = read(one, bare)
    for place, _, found in reversed(list(free_values(one, bare))):
        if found != keys(wanted) and isinstance(place[-1], str):
            shorter = without(bare, place)
            bare = shorter if actions(read(one, shorter)) == actions(wanted) else bare

    other = with_others(one, bare, wanted)

    # Where nothing is left to be said, nothing can differ.
    assert other == bare or not set(keys(read(one, bare))) & set(keys(read(one, other)))


def with_others(template, tree, wanted):
    """The tree with other values wherever they ask for the same."""
    for place, value, _ in free_values(template, tree):
        changed = with_value(tree, place, value)
        tree = changed if actions(read(template, changed)) == actions(wanted) else tree
    return tree


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "down", "up"),
    [
        (
            "uptime-kuma",
            {"heartbeat": {"status": 0}, "monitor": {"id": 5, "name": "Shop"}, "msg": "down"},
            {"heartbeat": {"status": 1}, "monitor": {"id": 5, "name": "Shop EU"}, "msg": "up"},
        ),
        (
            "uptimerobot",
            {"monitorID": "7", "monitorFriendlyName": "Shop", "alertType": "1"},
            {"monitorID": "7", "monitorFriendlyName": "Shop EU", "alertType": "2"},
        ),
        (
            "uptimerobot",
            {"monitorID": "7", "monitorFriendlyName": "Shop", "alertType": "1", "monitorURL": "a"},
            {"monitorID": "7", "monitorFriendlyName": "Shop", "alertType": "2", "monitorURL": "b"},
        ),
        (
            "healthchecks-io",
            {"code": "f618072a", "name": "Backup", "status": "down"},
            {"code": "f618072a", "name": "Nightly backup", "status": "up"},
        ),
    ],
)
def test_a_monitor_that_is_renamed_while_it_is_down_closes(client, template, down, up):
    integration = make_integration(template, service=make_service(make_policy()))
    post(client, integration, down)
    post(client, integration, up)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


@pytest.mark.django_db
def test_alerts_of_an_older_template_are_found_after_the_upgrade(client):
    template = catalog.find("uptime-kuma")
    older = {name: rule for name, rule in template.rules.items() if name != "key"}
    integration = make_integration("uptime-kuma", rules=older, service=make_service(make_policy()))
    for number in (5, 6):
        monitor = {"id": number, "name": f"Shop {number}"}
        post(client, integration, {"heartbeat": {"status": 0}, "monitor": monitor, "msg": "down"})
    work()
    old_keys = {alert.key for alert in Alert.objects.all()}

    edit.reset_rules(integration.pk)
    monitor = {"id": 5, "name": "Shop EU"}
    post(client, integration, {"heartbeat": {"status": 1}, "monitor": monitor, "msg": "up"})
    work()

    assert Integration.objects.get().rules == template.rules
    assert [alert.source_id for alert in Alert.objects.open()] == ["6"]
    assert not old_keys & {alert.key for alert in Alert.objects.all()}
