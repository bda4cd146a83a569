"""Rules and routing as a form and back: nothing is lost, and nothing is made up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalog import all_templates
from integrations.errors import RulesError
from integrations.mapping import rules as mapping
from integrations.mapping.conditions import OPERATORS
from integrations.pages.rule_editor import error_places, mapping_form, routing_form
from integrations.pages.rule_editor.condition_rows import (
    clean_row,
    from_filters,
    from_row,
    to_filters,
    to_row,
)
from integrations.pages.rule_editor.field_options import clean_options, from_options, to_options
from integrations.pages.rule_editor.form_tree import arrange, nest
from integrations.pages.rule_editor.severity_table import from_severity, to_severity
from integrations.pages.rule_editor.summary import say_delay
from integrations.routing import routing
from tests.rows import each

TEMPLATES = sorted(all_templates())
SHAPES = [
    (slug, shape)
    for slug in TEMPLATES
    for shape in [None, *range(len(mapping_form.shapes(all_templates()[slug].rules)))]
]
ROUTING = {
    "time_zone": "Europe/Berlin",
    "delay": {
        "rule": "support_hours",
        "hours": [{"days": ["mon", "fri"], "start": "09:00", "end": "17:00"}],
    },
    "grouping": {"minutes": 10, "by": ["labels^cluster"], "pages_again": False},
    "overrides": [
        {"days": ["sat"], "start": "18:00", "end": "08:00", "policy": 3},
        {"when": {"path": "a", "operator": "contains", "values": ["x"]}, "play": 4},
    ],
    "dynamic_groups": [{"when": {"path": "a", "operator": "matches", "values": ["^x"]}, "team": 5}],
    "close_after_minutes": 60,
}

LINE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
PATHS = st.sampled_from(["a", "a.b", "alerts.0.x", "a^b", "$header.x-y", "<a> is <b.c>", "a[0]"])
OPTIONS = st.lists(
    st.one_of(
        st.builds(lambda text: {"text": text}, PATHS),
        st.builds(lambda text: {"text": text, "static": "on"}, LINE),
        st.builds(lambda text: {"text": text, "extract": "^(x)"}, PATHS),
        st.builds(lambda text: {"text": text, "after": "[", "before": "]"}, PATHS),
        st.builds(lambda text: {"text": text, "encode": "on"}, PATHS),
    ),
    max_size=3,
)
ROWS = st.fixed_dictionaries(
    {
        "path": st.sampled_from(["a", "b.c", "$query.q"]),
        "operator": st.sampled_from(
            [o for o in OPERATORS if o not in ("greater than", "less than")]
        ),
        "values": st.lists(st.sampled_from(["up", "DOWN", "1", "a b"]), min_size=1).map("\n".join),
    },
    optional={"negate": st.just("on"), "case": st.just("on")},
).map(clean_row)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | LINE | PATHS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["path", "operator", "values", "all", "any", "none", "static", "extract"]
            )
            | LINE,
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NAMES = st.text(st.sampled_from("abc01.~"), max_size=12)


@each(("slug", "shape"), SHAPES)
def test_what_nobody_changed_stays_to_the_letter(slug, shape):
    rules = all_templates()[slug].rules
    form, problems = mapping_form.to_form(rules, shape), []

    again = mapping_form.from_form(form, rules, shape, problems)

    assert again == rules
    assert problems == []
    assert mapping_form.clean_form(form) == form


@each("slug", [s for s, shape in SHAPES if shape is None])
def test_a_template_of_one_shape_can_be_clicked_together_from_nothing(slug):
    rules = all_templates()[slug].rules
    if rules.get("variants"):
        return
    form = mapping_form.to_form(rules)
    beyond = {key: rules[key] for key in mapping_form.BEYOND if key in rules}

    made = mapping_form.from_form(form, beyond, None, [])

    mapping.compile(made)
    assert mapping_form.to_form(made) == form


@given(options=OPTIONS)
def test_options_come_back_as_they_were_typed(options):
    assert to_options(from_options(options)) == clean_options(options)


@given(row=ROWS)
def test_a_condition_comes_back_as_it_was_typed(row):
    assert to_row(from_row(row)) == row


@given(filters=st.fixed_dictionaries({"all": st.lists(ROWS), "any": st.lists(ROWS)}))
def test_filters_come_back_as_they_were_typed(filters):
    assert to_filters(from_filters(filters)) == filters


@given(raw=ANY)
@settings(deadline=None)
def test_whatever_a_field_or_a_condition_is_the_form_keeps_it(raw):
    assert from_options(to_options(raw), raw) == raw or raw in (None, "", [], {})
    assert from_row(to_row(raw), raw) == raw or raw in (None, "", [], {})
    if raw not in (None, "", [], {}):
        # Also where nothing says what it was before: what the form shows means the same.
        assert to_row(from_row(to_row(raw))) == to_row(raw)


@given(pairs=st.lists(st.tuples(NAMES, LINE), max_size=20), wish=NAMES)
def test_any_names_of_fields_make_a_tree(pairs, wish):
    tree = nest(pairs)

    arrange(tree, f"remove:{wish}")

    assert isinstance(tree, dict)


def test_rows_are_read_in_the_order_of_their_numbers():
    tree = nest([("r.10.a", "last"), ("r.2.a", "first")])

    assert [row["a"] for row in tree["r"]] == ["first", "last"]


def test_what_stands_under_none_is_shown_as_not():
    raw = {"none": [{"path": "env", "values": ["test"]}]}

    shown = to_filters(raw)

    assert shown["all"] == [{"path": "env", "operator": "equals", "values": "test", "negate": "on"}]
    assert from_filters(shown, raw) == raw


def test_a_word_under_two_severities_is_refused():
    problems = []

    from_severity({"critical": "P1", "info": "p1"}, None, "severity.map", problems)

    assert problems == [("severity.map", "“p1” stands under critical and under info")]


def test_words_and_limits_of_severities_are_read():
    form = {"critical": "page\nfatal", "ranges": [{"at_least": "7.5", "severity": "critical"}]}

    made = from_severity({**form, "default": "info"}, None, "severity.map", [])

    assert made == {
        "default": "info",
        "map": {"page": "critical", "fatal": "critical"},
        "ranges": [{"at_least": 7.5, "severity": "critical"}],
    }
    mapping.compile({"severity": made})
    assert to_severity(made)["critical"] == "page\nfatal"


def test_a_required_custom_field_makes_its_path_required():
    tree = mapping_form.to_form({"fields": {"custom_fields": {"Team": "team"}}})
    tree["custom_fields"][0]["required"] = "on"

    made = mapping_form.from_form(tree, {"fields": {"custom_fields": {"Team": "team"}}}, None, [])

    assert made["requires"] == ["team"]
    assert mapping_form.to_form(made)["custom_fields"][0]["required"] == "on"
    assert mapping_form.to_form(made)["requires"] == ""


def test_routing_comes_back_as_it_was():
    routing.compile(ROUTING)

    again = routing_form.from_delay(routing_form.to_delay(ROUTING), ROUTING)
    again = routing_form.from_overrides(routing_form.to_overrides(again), again)
    again = routing_form.from_groups(routing_form.to_groups(again), again)

    assert again == ROUTING


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, ["Pages at once."]),
        (
            {"delay": {"rule": "minutes", "minutes": 10}},
            [
                "Pages when it is still open after 10 minutes. "
                "Alerts that close before that page nobody."
            ],
        ),
        (
            {"delay": {"rule": "every_alerts", "alerts": 3}},
            ["Pages with each 3rd message of an alert. Alerts that close before that page nobody."],
        ),
        (
            {"close_after_minutes": 1},
            ["Pages at once.", "An alert that is not repeated for 1 minute closes automatically."],
        ),
    ],
)
def test_a_sentence_says_what_will_happen(raw, said):
    assert say_delay(raw) == said


PLACES = [
    ({"fields": {"subject": ["ok", "a..b"]}}, "fields.subject"),
    ({"fields": {"custom_fields": {"a.b": "x..y"}}}, "custom_fields.1"),
    ({"close_when": {"operator": "matches", "values": ["("]}}, "conditions.close_when"),
    ({"severity": {"default": "awful"}}, "severity"),
    ({"filters": {"any": [{"path": "a", "values": [1]}, {"path": "a"}]}}, "filters.any.1"),
    ({"variants": [{"fields": {"links": [{"href": "a..b"}]}}]}, "links.0"),
]


@pytest.mark.parametrize(("rules", "place"), PLACES)
def test_a_problem_is_shown_at_the_part_that_wrote_it(rules, place):
    with pytest.raises(RulesError) as caught:
        mapping.compile(rules)

    found = error_places.placed(
        caught.value.problems, {"custom_fields": [{"name": "a"}, {"name": "a.b"}]}
    )

    assert list(found) == [place]


def test_the_caret_stands_below_the_character_that_is_wrong():
    with pytest.raises(RulesError) as caught:
        mapping.compile({"close_when": {"operator": "matches", "values": ["up|(?=x)"]}})

    [problem] = error_places.placed(caught.value.problems, {})["conditions.close_when"]

    assert problem.written == "up|(?=x)"
    assert problem.written[len(problem.pointer) :].startswith("(?")
    assert "look-around does not exist here" in problem.says
