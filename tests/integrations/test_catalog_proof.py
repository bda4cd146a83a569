"""Every template of the catalog is proved, however many there are."""

import json
from urllib.parse import urlencode

import pytest

from incidents.models import Alert, Incident
from integrations import catalog
from integrations.catalog import docs_page, golden_samples
from integrations.catalog.coverage import unused_paths
from integrations.errors import UnrecognizedPayload
from integrations.mapping.rules import Received
from integrations.models import InboundMessage, Integration
from integrations.setup import replay
from tests.factories import make_integration
from tests.integrations.posting import work
from tests.rows import each

TEMPLATES = list(catalog.all_templates().values())
# The generic ones take whatever comes; a front door of its own translates before it maps.
TOOLS = [
    one for one in TEMPLATES if one.kind == "api" and one.category != "Generic" and not one.address
]
API = [one for one in TEMPLATES if one.kind == "api" and not one.address]
ALIEN = {"opsportal": {"shape": "of no tool"}}
HARMLESS = ("test", "ping", "handshake")
FORM = "application/x-www-form-urlencoded"

Status = InboundMessage.Status
# The place of the sample in a pair, and what may become of it: open, again, close, again.
STEPS = [
    (0, [(Status.MAPPED, "opened")]),
    (0, [(Status.APPENDED, ""), (Status.IGNORED, "retry")]),
    (1, [(Status.MAPPED, "closed")]),
    (1, [(Status.IGNORED, "")]),
]
each_tool = each("one", TOOLS)


@each_tool
def test_every_path_is_used_by_a_sample(one):
    assert unused_paths(one) == []


@each_tool
@each("body", [{}, [], ALIEN])
def test_an_unknown_shape_is_refused_with_what_was_expected(one, body):
    told = what_it_says_of(one, body)

    # A tool whose body is the list itself may have nothing to tell.
    assert "does not look like" in told or (body, told) == ([], [])


def what_it_says_of(one, body):
    """The events, or the sentence of the refusal."""
    try:
        return one.compiled.events(Received(body))
    except UnrecognizedPayload as refusal:
        return str(refusal)


@each_tool
def test_its_test_button_opens_nothing(one):
    tried = [sample for sample in one.samples if sample.name.startswith(HARMLESS)]

    actions = {event.action for s in tried for event in one.compiled.events(s.received)}

    assert "trigger" not in actions


@pytest.mark.django_db
def test_every_sample_goes_the_whole_way(client):
    """What opens opens, once more it is appended, what closes closes that, and is then ignored."""
    # Several pairs of a tool may be of one episode, whose end comes only once.
    rows = [
        (one, pair, make_integration(one.slug)) for one in API for pair in golden_samples.pairs(one)
    ]
    Integration.objects.update(signature_provider="", signature_secret="", rate_limit=0)
    kept = {}
    for one, pair, integration in rows:
        for at, wanted in STEPS:
            number = send(client, integration, one, pair[at])
            kept[number] = (f"{one.slug} {pair[at].name}", wanted)
    work()

    done = InboundMessage.objects.in_bulk(kept)
    wrong = [
        f"{name}: {done[pk].get_status_display()} ({done[pk].action}), not {wanted[0]}"
        for pk, (name, wanted) in kept.items()
        if (done[pk].status, done[pk].action) not in wanted
    ]
    assert wrong == []
    assert not Alert.objects.filter(closed_at=None).exists()
    assert not Incident.objects.exclude(status="resolved").exists()


@pytest.mark.django_db
def test_every_other_sample_is_read_by_its_own_integration(client):
    ways = {one.slug: make_integration(one.slug) for one in API}
    Integration.objects.update(signature_provider="", signature_secret="", rate_limit=0)

    kept = {
        send(client, ways[one.slug], one, sample): f"{one.slug} {sample.name}"
        for one in API
        for sample in one.samples
        if not sample.name.startswith(("open", "close"))
    }
    work()

    bad = InboundMessage.objects.filter(status__in=[Status.FAILED, Status.PENDING, Status.REJECTED])
    assert [(kept.get(row.pk), row.reason) for row in bad] == []


@pytest.mark.django_db
def test_trying_a_template_out_leaves_nothing_open():
    one = next(one for one in TOOLS if one.sample("close"))
    integration = make_integration(one.slug)
    Integration.objects.update(signature_provider="", signature_secret="")

    replay.send_sample(integration.pk, "open")
    replay.send_sample(integration.pk, "close")

    assert not Alert.objects.filter(closed_at=None).exists()
    assert InboundMessage.objects.filter(is_test=True).count() == 2


def send(client, integration, one, sample):
    """Post a sample as its tool does; returns its number in the log."""
    body, kind = sample.raw, sample.content_type
    if not body and one.content.startswith(FORM) and isinstance(sample.body, dict):
        body, kind = urlencode({k: flat(v) for k, v in sample.body.items()}, doseq=True), FORM
    headers = {k: v for k, v in sample.headers.items() if k.lower() != "content-type"}
    answer = client.post(
        f"/POSTAlert/{integration.token}/x?{urlencode(sample.query)}",
        body or json.dumps(sample.body),
        content_type=kind,
        headers=headers,
    )
    assert answer.status_code in (200, 202), (one.slug, sample.name, answer.content)
    return InboundMessage.objects.order_by("-pk").values_list("pk", flat=True)[0]


def flat(value):
    """A field of a form is a text: what is none is JSON within it."""
    return value if isinstance(value, str) else json.dumps(value)


def test_the_page_of_the_catalog_is_fresh():
    assert docs_page.PAGE.read_text("utf-8") == docs_page.page(), "run manage.py catalog docs"


def test_the_page_names_every_tool_once_with_its_confidence():
    text = docs_page.page()

    for one in TEMPLATES:
        if one.kind == "api":
            assert text.count(f"| [{one.name}]") + text.count(f"| {one.name} |") == 1
            assert one.confidence
