"""A message made readable, and never more than text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.inbound.redaction import redact_headers
from integrations.pages.log.highlight import MAX_CHARS, highlight, plain, pretty


def test_each_kind_of_value_has_its_class():
    html = highlight(pretty({"name": "text", "n": -1.5, "yes": True, "no": None}))

    assert '<span class="json__key">&quot;name&quot;</span>' in html
    assert '<span class="json__text">&quot;text&quot;</span>' in html
    assert '<span class="json__number">-1.5</span>' in html
    assert '<span class="json__word">null</span>' in html


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists))
def test_whatever_is_in_it_no_tag_but_ours_comes_out(tree):
    html = highlight(pretty({"<script>": tree}))

    bare = html.replace("</span>", "")
    for kind in ("key", "text", "word", "number"):
        bare = bare.replace(f'<span class="json__{kind}">', "")
    assert "<" not in bare


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"", b"\x00\x01", "ü".encode()])
def test_bytes_that_are_no_text_are_shown_as_such(body):
    assert "\x00" not in plain(body)


def test_a_page_shows_no_more_than_a_page_holds():
    shown = plain(b"x" * (MAX_CHARS + 10))

    assert shown.endswith("and 10 more characters")


def test_headers_with_a_secret_name_are_masked_and_others_are_not():
    masked = redact_headers({"Authorization": "Bearer x1y2z3", "X-Event": "push", "Cookie": "a=b"})

    assert masked == {"Authorization": "•••", "X-Event": "push", "Cookie": "•••"}
