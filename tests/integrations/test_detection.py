"""Which tool sent this? The page, the API, and the hint beside a message that failed."""

import json

import pytest

from benchmarks.catalog_round import is_alike, like
from integrations import catalog
from integrations.catalog.detection import GENERIC, all_samples, detect, read_paste
from integrations.errors import UnreadableBody
from integrations.mapping.rules import Received
from integrations.models import InboundMessage
from tests.api import owner
from tests.factories import make_integration
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import FAILURE, post, work
from tests.rows import each

KNOWN = [
    (one, sample)
    for one in catalog.all_templates().values()
    if one.kind == "api" and one.category != GENERIC
    for sample in one.samples
]
PAGE = "/integrations/add/detect/"


def test_the_right_template_comes_first_also_for_a_message_that_is_no_sample():
    """Each sixth sample is asked about as if it were not in the catalog."""
    asked = KNOWN[::6]

    firsts = [
        detect(sample.received, 1, all_samples().without(one, sample))[0] for one, sample in asked
    ]

    right = [is_alike(guess.template, one) for guess, (one, _) in zip(firsts, asked, strict=True)]
    assert sum(right) / len(right) > 0.98
    assert sum(guess.is_weak for guess in firsts) / len(firsts) < 0.1


@each(("one", "sample"), KNOWN[1::6])
def test_every_sample_is_among_the_first_two(one, sample):
    found = {guess.template.slug for guess in detect(sample.received)[:2]}

    assert found & like(one.slug)


def test_a_guess_about_a_tool_that_nobody_knows_says_that_it_is_weak():
    """Each tenth sample is asked about as if its tool were not in the catalog."""
    firsts = []
    for one, sample in KNOWN[::10]:
        firsts += detect(sample.received, 1, all_samples().without_tools(like(one.slug)))

    sure = [guess for guess in firsts if guess.template.category != GENERIC and not guess.is_weak]
    assert len(firsts) > len(KNOWN[::10]) / 3
    assert len(sure) / len(KNOWN[::10]) < 0.12  # 7.6 % of all; most imitate another tool.


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("alertmanager", "group-of-two"),
        ("alertmanager", "open"),
        ("grafana", "one-of-a-folder"),
        ("grafana", "open"),
        ("github", "issue-opened"),
        ("github", "installation"),
        ("github", "check-run-again"),
        ("gitlab", "open-deployment"),
    ],
)
def test_a_tool_is_named_before_those_whose_messages_look_alike(slug, name):
    [first, *_] = detect(catalog.find(slug).sample(name).received)

    assert first.template.slug == slug


@pytest.mark.parametrize(
    ("header", "slug"),
    [
        ("X-GitHub-Event", "github"),
        ("X-Gitea-Event", "gitea"),
        ("X-Event-Key", "bitbucket"),
    ],
)
def test_a_header_of_its_own_says_which_tool_it_is(header, slug):
    body = catalog.find("github").sample("issue-opened").body
    body = body | {"repository": {**body["repository"], "id": 1}, "commit_status": {"state": "x"}}
    body["commit_status"]["key"] = "unit"

    guesses = detect(Received(body, {header: "issues"}))

    assert guesses[0].template.slug == slug


def test_generic_templates_come_last():
    guesses = detect(Received(FAILURE))

    kinds = [guess.template.category == GENERIC for guess in guesses]
    assert guesses[0].template.slug == "odown"
    assert kinds == sorted(kinds)


def test_a_guess_says_what_would_come_of_it():
    [guess, *_] = detect(Received(FAILURE))

    assert guess.actions == ["trigger"]
    assert guess.events[0].subject


@pytest.mark.parametrize("body", [None, 3, "x", [], [[]], {}, [None], {"a": {"b": []}}])
def test_whatever_is_asked_nothing_breaks(body):
    guesses = detect(Received(body))

    assert {guess.template.category for guess in guesses} <= {GENERIC}


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (' {"a": 1}', {"a": 1}),
        ("a=1&b=x+y", {"a": "1", "b": "x y"}),
        ("<a>1</a>", {"a": "1"}),
        ('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
    ],
)
def test_json_a_form_and_xml_can_be_pasted(text, body):
    assert read_paste(text).body == body


def test_headers_are_pasted_one_on_each_line():
    received = read_paste("{}", "X-GitHub-Event: ping\nnonsense\n: none\nHost:  a:8000 ")

    assert received.headers == {"x-github-event": "ping", "host": "a:8000"}


def test_what_cannot_be_read_is_refused_with_the_reason():
    with pytest.raises(UnreadableBody, match="broken"):
        read_paste('{"a": ')


@pytest.mark.django_db
def test_the_page_names_the_tool_and_leads_to_it():
    page = text_of(admin_browser().post(PAGE, {"body": json.dumps(FAILURE)}))

    assert "Odown" in page
    assert "/integrations/add/odown/" in page


@pytest.mark.django_db
def test_github_is_told_by_its_header():
    sample = catalog.find("github").sample("ping")
    headers = "\n".join(f"{name}: {value}" for name, value in sample.headers.items())

    asked = {"body": json.dumps(sample.body), "headers": headers}
    page = text_of(admin_browser().post(PAGE, asked))

    assert "/integrations/add/github/" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "told"), [("{", "This cannot be read"), ("", "required"), ('["?"]', "Custom")]
)
def test_the_page_says_why_it_found_nothing(body, told):
    assert told in text_of(admin_browser().post(PAGE, {"body": body}))


@pytest.mark.django_db
def test_what_is_pasted_is_shown_as_text_and_kept_nowhere():
    body = FAILURE | {"monitor": {"id": 7, "name": "<script>alert(1)</script>"}}

    page = text_of(admin_browser().post(PAGE, {"body": json.dumps(body)}))

    assert "<script>alert(1)" not in page
    assert not InboundMessage.objects.exists()


@pytest.mark.django_db
def test_the_page_is_for_who_administers_integrations():
    assert browser("Responder").get(PAGE).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "said"),
    [(catalog.find("odown").sample("open").body, "This looks like"), (FAILURE, "This may be")],
    ids=["a whole message", "three fields"],
)
def test_a_message_that_failed_says_what_it_looks_like_and_how_sure_that_is(client, body, said):
    integration = make_integration("grafana")
    post(client, integration, body)
    work()
    message = InboundMessage.objects.get()

    page = text_of(admin_browser().get(message.get_absolute_url()))

    assert said in page
    assert "/integrations/add/odown/" in page


@pytest.mark.django_db
def test_a_message_that_was_read_suggests_nothing(client):
    post(client, make_integration(), FAILURE)
    work()

    page = text_of(admin_browser().get(InboundMessage.objects.get().get_absolute_url()))

    assert "This looks like" not in page


@pytest.mark.django_db
def test_the_api_recognizes_a_message():
    answer = owner().post("/api/v1/templates/detect/", {"body": FAILURE})

    [first, *_] = answer.json()["results"]
    assert answer.status_code == 200
    assert first["template"] == "odown"
    assert first["events"][0]["action"] == "trigger"


@pytest.mark.django_db
def test_the_api_lists_templates_by_words_and_category():
    client = owner()

    found = client.get("/api/v1/templates/?search=prom alert").json()["results"]
    cloud = client.get("/api/v1/templates/?category=Cloud").json()["results"]

    assert "alertmanager" in [row["template"] for row in found]
    assert {row["category"] for row in cloud} == {"Cloud"}
    assert all(row["confidence"] for row in cloud)


@pytest.mark.django_db
def test_the_api_refuses_a_question_without_a_body():
    answer = owner().post("/api/v1/templates/detect/", {})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
