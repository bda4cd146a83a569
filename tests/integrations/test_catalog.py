import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations import catalog
from integrations.catalog import golden_samples, scaffold, template, validation
from integrations.catalog.template import ABOUT
from integrations.mapping import rules as mapping
from integrations.mapping.compiler import FIELDS, SHAPE
from integrations.mapping.conditions import OPERATORS
from integrations.mapping.decode_steps import DECODERS
from integrations.mapping.field_mapping import DEFAULTS
from integrations.mapping.paths import ROOTS
from integrations.signatures import PROVIDERS
from integrations.signatures.custom import KEYS
from tests.rows import each

DOCS = Path(__file__).parents[2] / "docs"
TEMPLATES = catalog.all_templates()
SAMPLES = [(one, sample) for one in TEMPLATES.values() for sample in one.samples]
PAIRS = [(one, *pair) for one in TEMPLATES.values() for pair in golden_samples.pairs(one)]


@each(("one", "sample"), SAMPLES)
def test_a_sample_becomes_the_expected_events(one, sample):
    assert golden_samples.outcome(one.compiled, sample) == sample.expected


@each(("one", "opened", "closed"), PAIRS)
def test_what_a_sample_opens_its_counterpart_closes(one, opened, closed):
    first, last = (one.compiled.events(sample.received) for sample in (opened, closed))

    assert {event.action for event in first} == {"trigger"}
    assert {event.action for event in last} == {"resolve"}
    assert [event.key for event in first] == [event.key for event in last]
    assert all(event.subject for event in first)
    assert {event.source for event in first} == {one.source}


def test_no_template_has_a_problem():
    assert validation.check() == []


@pytest.mark.parametrize(
    ("slug", "found"),
    [
        ("prometheus", "alertmanager"),
        ("Alertmanager", "alertmanager"),
        ("webhook", "generic-webhook"),
        ("pagerduty", "events-api-v2"),
        ("bitbucket", "bitbucket"),
        ("custom", "custom"),
    ],
)
def test_a_template_is_found_by_slug_and_alias(slug, found):
    assert catalog.find(slug).slug == found


def test_an_unknown_slug_finds_nothing():
    assert catalog.find("no-such-tool") is None


@pytest.mark.parametrize("event", ["ALERT_EXPIRY_SSL", "ALERT_EXPIRED_SSL", "ALERT_FAILURE"])
@pytest.mark.parametrize("about", ["check", "monitor"])
def test_the_recovery_of_odown_ends_each_of_its_alerts(event, about):
    """Also that of a certificate, in either form of its messages."""
    rules = mapping.compile(TEMPLATES["odown"].rules)
    alert = {"ssl_check_domain": "shop.example.com", "ssl_days_remaining": 14}
    body = {about: {"id": "f4", "name": "Shop", "url": "https://shop.example.com"}, "alert": alert}

    [begun] = rules.events(mapping.Received({"event": event, **body}))
    [over] = rules.events(mapping.Received({"event": "ALERT_RECOVERY", **body}))

    assert (begun.action, over.action) == ("trigger", "resolve")
    assert begun.key == over.key
    assert begun.severity == ("critical" if event == "ALERT_FAILURE" else "warning")


@pytest.mark.parametrize(
    ("slug", "status", "opens", "closes"),
    [
        ("odown", "event", ["ALERT_FAILURE", "ALERT_EXPIRY_SSL"], ["ALERT_RECOVERY"]),
        ("haloitsm", "ticket^status^name", ["New"], ["Closed"]),
        ("bitbucket", "commit_status^state", ["FAILED"], ["SUCCESSFUL", "INPROGRESS"]),
    ],
)
def test_the_documented_values_open_and_close(slug, status, opens, closes):
    rules = mapping.compile(TEMPLATES[slug].rules)

    def actions(values):
        bodies = (nested(status.split("^"), value) for value in values)
        return {rules.events(mapping.Received(body))[0].action for body in bodies}

    assert actions(opens) == {"trigger"}
    assert actions(closes) == {"resolve"}


def nested(keys, value):
    return {keys[0]: nested(keys[1:], value)} if keys else value


def test_every_alert_of_a_group_has_an_outcome_of_its_own():
    one = TEMPLATES["alertmanager"]

    events = one.compiled.events(one.sample("mixed-group").received)

    assert [event.action for event in events] == ["resolve", "trigger", "", "trigger"]
    assert len({event.key for event in events}) == 4


@pytest.mark.parametrize("name", ["pending", "maintenance", "test"])
def test_uptime_kuma_pages_only_for_what_is_down(name):
    one = TEMPLATES["uptime-kuma"]

    [event] = one.compiled.events(one.sample(name).received)

    assert event.action == ""


def test_a_rerun_on_github_acknowledges_nothing_and_opens_nothing():
    one = TEMPLATES["github"]

    for name in ("rerun-in-progress", "skipped-run", "ping"):
        [event] = one.compiled.events(one.sample(name).received)
        assert event.action == ""


def test_the_events_api_acknowledges_and_resolves_with_two_fields():
    one = TEMPLATES["events-api-v2"]

    [opened] = one.compiled.events(one.sample("open").received)
    [taken] = one.compiled.events(one.sample("acknowledge").received)

    assert taken.action == "acknowledge"
    assert taken.key == opened.key


def test_a_message_of_another_tool_is_refused_with_what_was_expected():
    with pytest.raises(mapping.UnrecognizedPayload) as refusal:
        TEMPLATES["grafana"].compiled.events(mapping.Received({"event": "ALERT_FAILURE"}))

    told = "this does not look like Grafana: expected alerts or ruleId"
    assert str(refusal.value) == told


def test_datadogs_own_body_tells_hosts_apart():
    rules = TEMPLATES["datadog"].compiled
    body = TEMPLATES["datadog"].sample("open-default-body").body

    [one] = rules.events(mapping.Received(body))
    other = body | {"title": body["title"].replace("web-4", "web-5")}
    [another] = rules.events(mapping.Received(other))

    assert one.key != another.key


def test_a_new_template_is_complete_but_for_its_expected_events(tmp_path):
    captured = tmp_path / "captured.json"
    captured.write_text('{"a.b": {"c": 1}, "list": [{"d": 2}], "id": 1, "status": "triggered"}')
    home = tmp_path / "catalog"
    home.mkdir()

    folder = scaffold.create("my-tool", captured, home=home)

    assert "#   a\\.b.c\n#   list.0.d\n" in (folder / "template.toml").read_text()
    problems = {message for _, message in validation.check(home)}
    assert any("no expected events" in message for message in problems)
    assert any("does not close" in message for message in problems)


def test_accepting_writes_what_the_samples_give_and_then_nothing(tmp_path):
    folder = scaffold.create("my-tool", home=tmp_path)
    one = template.read(folder)

    written = golden_samples.accept(one)
    again = golden_samples.accept(template.read(folder))

    assert sorted(path.name for path in written) == ["close.expected.json", "open.expected.json"]
    assert again == []
    assert json.loads(written[0].read_text())[0]["action"] == "trigger"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("template.toml", 'name = "X"\nbroken', "Expected"),
        ("template.toml", 'category = "Other"\n', "it has no name"),
        ("template.toml", 'name = "X"\ncategory = "Nonsense"\n', "is no category"),
        ("template.toml", 'name = "X"\nsignature = "magic"\n', "signature is one of"),
        ("template.toml", 'name = "X"\ncolour = "red"\n', "#rrggbb"),
        ("template.toml", 'name = "X"\n[fields]\nsubject = "a..b"\n', "empty name"),
        ("template.toml", 'name = "X"\naliases = ["my-tool"]\n', "no source"),
        ("setup.md", "Do something.", "{{ url }}"),
        ("samples/open.json", "{", "unexpected end"),
    ],
)
def test_a_broken_template_is_named_with_its_file(tmp_path, name, text, told):
    home = tmp_path / "catalog"
    home.mkdir()
    folder = scaffold.create("my-tool", home=home)
    (folder / name).write_text(text)

    problems = validation.check(home)

    assert any(
        told in message and place.startswith("catalog/my-tool") for place, message in problems
    )


def test_one_name_for_two_templates_is_a_problem(tmp_path):
    for slug in ("one", "two"):
        folder = scaffold.create(slug, home=tmp_path)
        text = (folder / "template.toml").read_text()
        (folder / "template.toml").write_text(f'aliases = ["same"]\n{text}')

    assert ("catalog", "same is the slug or alias of several") in validation.check(tmp_path)


def test_the_command_proves_the_catalog():
    out = StringIO()

    call_command("catalog", "check", stdout=out)

    assert "no problem" in out.getvalue()


@pytest.mark.parametrize(
    "arguments", [("new", "Bad Name"), ("new", "custom"), ("accept", "nothing")]
)
def test_the_command_refuses_with_a_sentence(arguments):
    with pytest.raises(CommandError):
        call_command("catalog", *arguments)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("mapping.md", [*FIELDS, *OPERATORS, *DECODERS, *ROOTS, *SHAPE, *DEFAULTS]),
        ("adding-a-template.md", ABOUT),
        ("security.md", [*PROVIDERS, *KEYS]),
    ],
)
def test_the_docs_name_everything_that_can_be_written(page, words):
    text = (DOCS / page).read_text()

    assert [word for word in words if f"`{word}" not in text] == []
