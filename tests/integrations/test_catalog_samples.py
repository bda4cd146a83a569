"""What every template does with messages that are a little other than its samples."""

import re

import pytest

from integrations import catalog
from integrations.mapping.attributes import HOST
from tests.integrations.variations import (
    actions,
    keys,
    leaves,
    others,
    read,
    tree_of,
    with_value,
    without,
)
from tests.rows import each

TOOLS = [
    one
    for one in catalog.all_templates().values()
    if one.kind == "api" and one.category != "Generic"
]
SAMPLES = [(one, s) for one in TOOLS for s in one.samples if s.name.startswith(("open", "close"))]
EVENT = re.compile(
    r"^(event|event_?type|event_?name|type|action|webhookevent|topic|object_kind|kind|trigger"
    r"|message_?type|notification_?type|x-.*event.*)$",
    re.IGNORECASE,
)
# Their events begin with words of the tool, or are told by a header.
WORDS_OF_EVENTS = {
    "zendesk": "zen:event-type:something.else",
    "openproject": "something:else",
}

# What tells by being there which shape a message is of, or how it is.
BY_PRESENCE = {
    "appoptics": "clear",
    "aws-cloudwatch": "Message.AlarmName",
    "aws-sns": "Message",
    "azure-devops": "resource.run.state",
    "bugsnag": "error.exceptionClass",
    "github": "alert.secret_type",
    "harness-slo": "title",
    "jira": "issue.key",
    "kibana": "action_group alert.status",
    "papertrail": "saved_search.name saved_search.html_search_url payload.saved_search.name",
    "rocketchat-outgoing": "trigger_word",
    "semgrep": "semgrep_finding.check_id 0.semgrep_finding.check_id",
    "sensu-go": "check.status",
    "sentry": "event.event_id",
    "skywalking": "0.recoveryTime 0.alarmMessage",
    "statuspal": "data.object.ends_at",
    "trivy-operator": "verb report.summary.criticalCount "
    "operatorObject.report.summary.criticalCount",
    "verkada-sensors": "data.end_time",
}


def each_sample(name=""):
    rows = [(one, sample) for one, sample in SAMPLES if sample.name.startswith(name)]
    return each(("one", "sample"), rows)


@each_sample()
def test_what_decides_nothing_may_be_missing(one, sample):
    tree = tree_of(one, sample)
    wanted = read(one, tree)

    needed = [
        ".".join(map(str, place[1:]))
        for place, value in leaves(tree)
        if place[0] == "body"
        and isinstance(place[-1], str)
        and decides_nothing(one, tree, place, value, wanted)
        and actions(read(one, without(tree, place))) != actions(wanted)
    ]

    assert [name for name in needed if name not in BY_PRESENCE.get(one.slug, "").split()] == []


def decides_nothing(one, tree, place, value, wanted):
    """Whether any other value asks for the same about the same."""
    found = [read(one, with_value(tree, place, other)) for other in others(value)]
    return bool(found) and all(
        (actions(events), keys(events)) == (actions(wanted), keys(wanted)) for events in found
    )


@each_sample()
def test_another_event_of_the_tool_is_no_failure(one, sample):
    tree = tree_of(one, sample)

    for place, value in leaves(tree):
        if isinstance(value, str) and EVENT.match(str(place[-1])) and len(place) <= 3:
            word = WORDS_OF_EVENTS.get(one.slug, "something.else")
            assert read(one, with_value(tree, place, word)), ".".join(map(str, place))


@each_sample("open")
def test_a_title_is_a_line_about_the_matter(one, sample):
    for event in read(one, tree_of(one, sample)):
        assert event.subject.strip()
        assert "\n" not in event.subject
        assert not event.subject.lstrip().startswith(("{", '[{"')), "it is JSON"
        assert not event.subject.endswith(": alert"), "it says nothing"


@each_sample()
def test_links_are_whole_addresses(one, sample):
    for event in read(one, tree_of(one, sample)):
        for address in filter(None, [event.url, *(href for _, href in event.links)]):
            host = re.split(r"[/?#]", address.partition("://")[2])[0].rpartition("@")[2]
            assert HOST.fullmatch(host), address
            assert "<" not in address


@each_sample("open")
def test_a_part_of_a_link_that_is_missing_leaves_no_broken_one(one, sample):
    tree = tree_of(one, sample)
    known = {event.url for event in read(one, tree)}
    for place, value in leaves(tree):
        if place[0] == "body" and isinstance(place[-1], str) and isinstance(value, str) and value:
            for event in read(one, without(tree, place)):
                hole = event.url.replace("https://", "").replace("http://", "")
                assert event.url in known or ("//" not in hole and "=&" not in hole), event.url


@pytest.mark.parametrize("slug", ["uptime-kuma", "peekaping"])
@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("[Shop][https://shop.test] Server certificate shop.test will expire in 7 days", True),
        ("[Shop][https://shop.test] Server certificate shop.test will be expired in 1 day", True),
        ("[Shop] Domain name shop.test will expire in 7 days", True),
        ("Domain name will expire in 7 days", True),
        ("The domain shop.test has expired", True),
        ("My Slack Testing", False),
    ],
)
def test_a_text_about_an_expiry_opens_and_a_test_does_not(slug, text, opens):
    one = catalog.find(slug)
    tree = {"body": {"heartbeat": None, "monitor": None, "msg": text}, "headers": {}, "query": {}}

    found = [event.action for event in read(one, tree)]

    assert ("trigger" in found) is opens


def test_a_domain_is_another_alert_than_a_certificate_and_the_same_each_day():
    def key(text):
        tree = {"body": {"heartbeat": None, "monitor": None, "msg": text}}
        return keys(read(catalog.find("uptime-kuma"), tree | {"headers": {}, "query": {}}))

    first, later = (f"[Shop] Domain name shop.test will expire in {n} days" for n in (7, 6))

    assert key(first) == key(later)
    assert key(first) != key("[Shop] Server certificate shop.test will expire in 7 days")


@pytest.mark.parametrize(
    "slug",
    [
        *("alertmanager", "victoriametrics-vmalert", "grafana", "signoz", "hertzbeat"),
        *("chronosphere", "ibm-storage-defender"),
    ],
)
@pytest.mark.parametrize(("state", "wanted"), [("firing", "trigger"), ("resolved", "resolve")])
def test_an_alert_without_a_state_has_that_of_its_message(slug, state, wanted):
    one = catalog.find(slug)
    tree = tree_of(one, one.sample("open"))
    alerts = [
        {name: value for name, value in alert.items() if name != "status"}
        for alert in tree["body"]["alerts"]
    ]

    found = read(one, {**tree, "body": {**tree["body"], "status": state, "alerts": alerts}})

    assert {event.action for event in found} == {wanted}


@each_sample()
def test_a_number_is_the_same_as_a_number_and_as_a_text(one, sample):
    tree = tree_of(one, sample)
    wanted = read(one, tree)
    for place, value in leaves(tree):
        other = value
        if place[0] == "body" and type(value) is int:
            other = str(value)
        elif (
            place[0] == "body"
            and isinstance(value, str)
            and re.fullmatch("0|[1-9][0-9]{,8}", value)
        ):
            other = int(value)
        tree = with_value(tree, place, other) if other is not value else tree

    found = read(one, tree)

    assert (actions(found), keys(found)) == (actions(wanted), keys(wanted))
    assert [event.severity for event in found] == [event.severity for event in wanted]
