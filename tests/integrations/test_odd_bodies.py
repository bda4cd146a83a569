"""Stored bodies that nobody would write by hand, on every page that shows them."""

import json
import time

import pytest

from integrations.pages.log.highlight import MAX_CHARS, MAX_VALUES, pretty
from tests.api import owner
from tests.attacks import poison
from tests.factories import make_integration, make_policy, make_service
from tests.integrations.pages import admin_browser
from tests.integrations.test_pages_log import make_message
from tests.rows import each

pytestmark = pytest.mark.django_db

MAX_PAGE_BYTES = 4_000_000
MAX_PAGE_CPU_S = 4  # Far more than it takes, unless it grows with more than the length.
DEEP = 98
SIZE = 100_000


def nested(inner, depth=DEEP):
    return b"[" * depth + inner + b"]" * depth


def json_in_json(levels):
    text = '{"title": "x"}'
    for _ in range(levels):
        text = json.dumps({"a": text})
    return text.encode()


BODIES = {
    "deep and wide": nested(b"1," * SIZE + b"1"),
    "deeper than is read": b"[" * SIZE,
    "an object in each object": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "JSON in JSON": json_in_json(12),
    "a number of 4,000 digits": b'{"n": -' + b"9" * 3999 + b"}",
    "a number of 100,000 digits": b'{"n": ' + b"9" * 100_000 + b', "f": -1e999}',
    "no number": b'{"n": NaN, "m": [Infinity, -Infinity]}',
    "half a surrogate as a value": b'{"title": "\\ud800", "list": ["\\udfff"]}',
    "half a surrogate as a name": b'{"\\ud800": {"\\udc00x": 1}, "title": "\\ud83d"}',
    "half a surrogate and a long number": b'{"\\ud800": 123456789012345678901234}',
    "NUL and controls": b'{"\\u0000": "\\u0000\\u001b", "title": "\\u202e\\ufffe"}',
    "one very long text": b'{"title": "' + b"x" * SIZE + b'"}',
    "one very long name": b'{"' + b"x" * SIZE + b'": 1}',
    "very many names": json.dumps({f"name {n}": n for n in range(20_000)}).encode(),
    "very many events": json.dumps([{"title": f"t{n}"} for n in range(20_000)]).encode(),
    "lists of lists and tables": b'{"title": [1, [2, {"a": [null, true]}], {}], "x": [[1, 2]]}',
    "a text alone": b'"x"',
    "null": b"null",
    "nothing": b"",
}


@pytest.fixture(scope="module")
def visit():
    def visit(client, path):
        began_s = time.thread_time()
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert len(answer.content) < MAX_PAGE_BYTES, path
        assert time.thread_time() - began_s < MAX_PAGE_CPU_S, path
        answer.content.decode("utf-8")
        return answer

    return visit


@pytest.mark.parametrize("name", BODIES)
def test_every_page_that_shows_a_body_shows_any(name, visit):
    integration = make_integration("custom", service=make_service(make_policy()))
    message = make_failed(integration, BODIES[name])
    browser, script = admin_browser(), owner()
    page = f"/integrations/{integration.pk}"

    visit(browser, message.get_absolute_url())
    visit(browser, f"{page}/learn/?pick_firing={message.pk}&pick_resolved={message.pk}")
    visit(browser, f"{page}/?shown=message:{message.pk}")
    visit(script, f"/api/v1/inbound-messages/{message.pk}/")
    visit(script, f"/api/v1/inbound-messages/{message.pk}/trace/")


def make_failed(integration, body, kind=poison.JSON):
    return make_message(integration, body, content_type=kind, status="failed", action="")


@each("name", sorted(poison.BODIES))
def test_the_page_of_a_message_shows_poison_of_every_decoder(visit, name):
    kind, make = poison.BODIES[name]
    integration = make_integration("custom", service=make_service(make_policy()))

    visit(admin_browser(), make_failed(integration, make(SIZE), kind).get_absolute_url())


@pytest.mark.parametrize("name", BODIES)
def test_a_dry_run_of_any_body_is_a_page(name):
    integration = make_integration("custom", service=make_service(make_policy()))
    message = make_message(integration, BODIES[name], content_type=poison.JSON)

    answer = admin_browser().post(f"{message.get_absolute_url()}replay/", {"do": "dry"})

    assert answer.status_code in (200, 302)


@pytest.mark.parametrize("name", BODIES)
def test_any_body_can_be_pasted_to_detect_its_tool(name):
    pasted = BODIES[name].decode("utf-8", "replace").replace("\x00", "")

    answer = admin_browser().post("/integrations/add/detect/", {"body": pasted[:SIZE]})

    assert answer.status_code == 200
    assert len(answer.content) < MAX_PAGE_BYTES


ODD_TREES = {
    "a long integer": 10**5000,
    "a long negative one": {"n": -(10**20_000)},
    "a name that is no text": {("a", 1): {1, 2}},
    "no number": {"f": float("nan")},
}


@pytest.mark.parametrize("name", ODD_TREES)
def test_what_json_cannot_say_is_shown_all_the_same(name):
    assert pretty(ODD_TREES[name])


def test_it_says_what_was_cut():
    wide = pretty(list(range(MAX_VALUES + 10)))
    deep = pretty(json.loads(nested(b"1", 300)))

    assert wide.endswith(f"… only the first {MAX_VALUES:,} values are shown")
    assert "…" in deep
    assert len(pretty("x" * 10 * MAX_CHARS)) < MAX_CHARS + 100
    assert "…" not in pretty(list(range(100)))
