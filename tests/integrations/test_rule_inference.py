"""Two messages of a tool that nobody has described: what is made of them."""

import copy

import pytest
from hypothesis import given, settings

from integrations.catalog import all_templates
from integrations.catalog.golden_samples import pairs
from integrations.decoding.decode import decode
from integrations.errors import RulesError
from integrations.inference import Choice, propose, validate
from integrations.mapping import rules as mapping
from integrations.mapping.rules import Received
from tests.integrations.test_mapping_never_raises import JSON

TOOLS = ("uptime-kuma", "grafana", "alertmanager", "datadog", "haloitsm", "odown", "github")
SAMPLES = [
    pytest.param(opened.body, closed.body, id=f"{tool}-{opened.name}")
    for tool in TOOLS
    for opened, closed in pairs(all_templates()[tool])
    if opened.body  # Else all that it says is in its address.
]
ROBOT = (
    "monitorID=777&monitorURL=https%3A%2F%2Fshop.example.com&monitorFriendlyName=Shop"
    "&alertType={}&alertTypeFriendlyName={}&alertDetails={}&alertDuration={}&alertDateTime={}"
)
FORM = "application/x-www-form-urlencoded"
# Each id is new in each message; only the names stay.
NASTY = [
    {
        "event_id": "5f0c8f1e-11b3-4dc5-a3c6-3d3f3b0c8f10",
        "sent_at": "2026-03-02T10:15:00Z",
        "seq": 1771,
        "host": "web-1",
        "service": "nginx",
        "env": "prod",
        "state": "CRITICAL",
        "output": "connection refused",
        "attempt": 3,
        "port": 443,
    },
    {
        "event_id": "0c8f1e5f-11b3-4dc5-a3c6-3d3f3b0c8f99",
        "sent_at": "2026-03-02T10:25:00Z",
        "seq": 1804,
        "host": "web-1",
        "service": "nginx",
        "env": "prod",
        "state": "OK",
        "output": "HTTP 200 in 0.1 s",
        "attempt": 1,
        "port": 443,
    },
]


def learn(firing, resolved):
    """The rules that are proposed, unasked."""
    return propose(firing, resolved).choice.rules("Test")


def events(rules, *bodies):
    compiled = mapping.compile(rules)
    return [event for body in bodies for event in compiled.events(Received(body))]


def assert_opens_and_closes(firing, resolved):
    rules = learn(firing, resolved)
    verdict = validate(rules, firing, resolved)
    assert verdict.problems == ()
    first, last = events(rules, firing)[0], events(rules, resolved)[0]
    assert (first.action, last.action) == ("trigger", "resolve")
    assert first.key == last.key
    assert first.subject


@pytest.mark.parametrize(("firing", "resolved"), SAMPLES)
def test_real_tools_are_understood_without_their_templates(firing, resolved):
    assert_opens_and_closes(firing, resolved)


def test_a_form_is_understood():
    firing = decode(ROBOT.format(1, "Down", "Timeout", 0, 1772446500).encode(), FORM)
    resolved = decode(ROBOT.format(2, "Up", "HTTP+200", 367, 1772446867).encode(), FORM)

    assert_opens_and_closes(firing, resolved)
    choice = propose(firing, resolved).choice
    assert (choice.key, choice.status) == ("monitorID", "alertTypeFriendlyName")


def test_two_fields_are_enough():
    firing, resolved = {"host": "web-1", "state": "down"}, {"host": "web-1", "state": "up"}

    assert_opens_and_closes(firing, resolved)
    assert events(learn(firing, resolved), firing)[0].subject == "web-1 is down"


def test_where_every_id_is_new_the_names_together_are_the_key():
    assert_opens_and_closes(*NASTY)

    assert propose(*NASTY).choice.key == "<host> / <service>"


def test_what_is_learned_tells_other_alerts_apart():
    rules = learn(*NASTY)

    first, second, third = events(
        rules, NASTY[0], NASTY[0] | {"service": "disk"}, NASTY[0] | {"host": "web-2"}
    )

    assert len({first.key, second.key, third.key}) == 3


def test_the_same_alert_with_new_ids_times_and_numbers_is_the_same():
    rules = learn(*NASTY)
    later = NASTY[0] | {"event_id": "x", "sent_at": "2027-01-01", "seq": 9, "output": "refused"}

    first, second = events(rules, NASTY[0], later)

    assert first.key == second.key


@pytest.mark.parametrize("number", [NASTY, [NASTY[1], NASTY[0]]])
@pytest.mark.parametrize("never", ["sent_at", "seq", "attempt", "port", "event_id", "state"])
def test_times_counters_and_what_differs_are_no_key(number, never):
    assert never not in [candidate.rule for candidate in propose(*number).keys]


@pytest.mark.parametrize(
    ("firing", "resolved"),
    [
        ("PROBLEM: Disk full on web-1", "RECOVERY: Disk full on web-1"),
        ("[FIRING:1] Disk full on web-1", "[RESOLVED] Disk full on web-1"),
        ("Disk on web-1 is DOWN", "Disk on web-1 is UP"),
    ],
)
def test_a_text_that_changes_in_its_status_word_only_is_no_key(firing, resolved):
    bodies = {"text": firing, "n": 1}, {"text": resolved, "n": 2}

    assert_opens_and_closes(*bodies)
    assert "text" not in [candidate.rule for candidate in propose(*bodies).keys]
    other = {"text": firing.replace("web-1", "web-2"), "n": 3}
    first, second = events(learn(*bodies), bodies[0], other)
    assert first.key != second.key


def test_zero_may_mean_down_and_one_up():
    firing, resolved = {"id": "a17", "up": "0"}, {"id": "a17", "up": "1"}

    rules = learn({**firing, "title": "Web"}, {**resolved, "title": "Web"})

    assert [event.action for event in events(rules, firing, resolved)] == ["trigger", "resolve"]


def test_a_word_that_was_never_taught_opens_unless_only_the_listed_may():
    choice = propose(*NASTY).choice
    unknown = NASTY[0] | {"state": "UNKNOWN"}

    [loose] = events(choice.rules("T"), unknown)
    listed = Choice(**{**choice.as_json(), "only_listed": True})
    [strict] = events(listed.rules("T"), unknown)

    assert (loose.action, strict.action) == ("trigger", "")


def test_a_list_of_alerts_is_found_and_each_gets_its_own_key():
    rows = [{"uid": f"u{n}", "state": "down", "name": f"db-{n}"} for n in (1, 2)]
    firing = {"sender": "x", "items": rows}
    resolved = {"sender": "x", "items": [{**rows[1], "state": "up"}]}

    rules = learn(firing, resolved)

    assert rules["each"] == ["items"]
    assert len({event.key for event in events(rules, firing)}) == 2
    assert validate(rules, firing, resolved).closed == 1


def test_a_list_of_tags_is_no_list_of_alerts():
    tags = [{"name": "env", "value": "prod"}]
    firing = {"id": "a-77", "title": "T", "status": "down", "tags": tags}

    assert propose(firing, {**firing, "status": "up"}).each == ""


def test_a_message_that_is_itself_a_list_is_understood():
    firing = [{"id": "a1", "state": "down", "title": "Disk full"}]

    assert_opens_and_closes(firing, [{"id": "a1", "state": "up", "title": "Disk full"}])


def test_what_all_alerts_share_is_not_chosen_for_the_key():
    body = {"org_id": 4711, "account": {"id": "9a4be6f1d2c07e33"}}

    assert propose({**body, "state": "down"}, {**body, "state": "up"}).choice.key == ""


def test_a_message_without_the_key_is_not_taken_for_an_alert():
    rules = learn(*NASTY)

    verdict = validate(rules, {"hello": "world"}, NASTY[1])

    assert not verdict.is_good


def test_a_proposal_is_the_same_each_time():
    bodies = [copy.deepcopy(body) for body in NASTY]

    assert propose(*NASTY) == propose(*bodies)


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "event_id"}, "key"),
        ({"key": "no.such.path"}, "key"),
        ({"status": "", "close_values": ()}, "status"),
        ({"close_values": ("gone",)}, "status"),
        ({"subject": ""}, "subject"),
        ({"subject": "no_such_field"}, "subject"),
        ({"each": "host"}, "each"),
        ({"key": "a[b"}, "key"),
    ],
)
def test_a_pair_that_does_not_open_and_close_is_told_what_is_missing(choice, field):
    chosen = Choice(**{**propose(*NASTY).choice.as_json(), **choice})

    verdict = validate(chosen.rules("T"), *NASTY)

    assert field in dict(verdict.problems)


def test_the_same_message_twice_is_refused():
    assert not validate(learn(NASTY[0], NASTY[0]), NASTY[0], NASTY[0]).is_good


def test_filters_that_refuse_the_pair_are_named():
    rules = learn(*NASTY) | {"filters": {"all": [{"path": "env", "values": ["dev"]}]}}

    assert "filters" in dict(validate(rules, *NASTY).problems)


def test_filters_that_refuse_the_end_alone_are_no_fault():
    firing = {"id": "check-7", "state": "down", "title": "Disk full"}
    resolved = {**firing, "state": "up"}
    rules = learn(firing, resolved) | {"filters": {"all": [{"path": "state", "values": ["down"]}]}}

    assert validate(rules, firing, resolved).is_good


@given(firing=JSON, resolved=JSON)
@settings(max_examples=300, deadline=None)
def test_any_pair_of_bodies_gives_a_proposal_and_a_verdict(firing, resolved):
    choice = propose(firing, resolved).choice

    validate(choice.rules("T"), firing, resolved)


@given(body=JSON)
@settings(max_examples=100, deadline=None)
def test_rules_made_of_any_proposal_can_work(body):
    rules = learn({"a": body, "state": "down"}, {"a": body, "state": "up"})

    try:
        mapping.compile(rules)
    except RulesError as error:
        raise AssertionError(error.problems) from error
