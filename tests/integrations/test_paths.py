import pytest

from integrations.mapping import paths
from integrations.mapping.paths import PathError, Scope

BODY = {
    "a": {"b": {"c": 1}},
    "list": [{"name": "first"}, {"name": "second"}],
    "matrix": [[1, 2], [3]],
    "7": "a key that looks like a place",
    "dotted.key": {"x^y": "found"},
    "*": "star",
    "null": None,
    "empty": "",
    "zero": 0,
    "no": False,
    "fields": [{"label": "Other", "value": 1}, {"label": "SLO ID", "value": "slo-9"}],
    "$odd": "dollar",
    "space key": "yes",
}
SCOPE = Scope(
    {"status": "firing", "labels": {"sev": "page"}},
    BODY,
    {"x-github-event": "push"},
    {"alertType": "1"},
    "newIssues",
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$.a.b.c", 1),
        ("$.a^b^c", 1),
        ("$^a.b^c", 1),
        ("$.list.1.name", "second"),
        ("$.list[1].name", "second"),
        ("$.list.5.name", None),
        ("$.list.name", None),
        ("$.7", "a key that looks like a place"),
        (r"$.dotted\.key.x\^y", "found"),
        (r"$.\*", "star"),
        ("$.space key", "yes"),
        ("$.null", None),
        ("$.null.deeper", None),
        ("$.zero", 0),
        ("$.no", False),
        ("$.nowhere.at.all", None),
        ("$.list.*.name", ["first", "second"]),
        ("$.matrix.*.*", [1, 2, 3]),
        ("$.a.b.*", [1]),
        ("$.list.*.nothing", None),
        ("$.fields[label=SLO ID].value", "slo-9"),
        ("$.fields[label=Nothing].value", None),
        ("$", BODY),
        (r"$.\$odd", "dollar"),
        (r"\$odd", None),
        ("status", "firing"),
        ("labels.sev", "page"),
        ("$header.X-GitHub-Event", "push"),
        ("$HEADER^x-github-event", "push"),
        ("$header.x-missing", None),
        ("$query.alertType", "1"),
        ("$each", "newIssues"),
    ],
)
def test_a_path_leads_to_its_value(text, value):
    assert paths.parse(text).value(SCOPE) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a..b", "character 3: there is an empty name"),
        (".a", "character 1: there is an empty name"),
        ("a.", "character 3: there is an empty name"),
        ("a[0", "character 2: the [ is not closed by a ]"),
        ("a[x]", "a number, * or label=value"),
        ("a[0]b", "after ] comes a dot, a caret or the end"),
        ("a\\", "it ends with a backslash"),
        ("$wrong.x", "none of $, $header, $query, $each"),
        ("$header", "write $header.some-name"),
        ("a" * 1001, "longer than"),
        (None, "empty"),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(text, told):
    with pytest.raises(PathError) as refusal:
        paths.parse(text)

    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("$.list.*.name", "first, second"),
        ("$.zero", "0"),
        ("$.no", "false"),
        ("$.null", ""),
        ("$.a", '{"b":{"c":1}}'),
        ("$.matrix.0", "1, 2"),
    ],
)
def test_what_a_path_finds_reads_as_text(text, read):
    assert paths.parse(text).read(SCOPE) == read


def test_null_that_is_there_is_a_hit_and_what_is_missing_is_none():
    assert paths.parse("$.null").hits(SCOPE) == [None]
    assert paths.parse("$.nowhere").hits(SCOPE) == []
