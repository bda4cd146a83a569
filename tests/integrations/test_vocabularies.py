"""Each vocabulary is one enumeration, and every table over it knows each of its words."""

import pytest
from django.template.backends.django import get_installed_libraries
from django.template.library import import_library

from integrations.backtest.simulate import EffectKind
from integrations.endpoints.events_api import ACTIONS
from integrations.engine.log_entry import LOG_STATUS, RANK
from integrations.maintenance.matching import WindowState
from integrations.maintenance.recurrence import TOO_LONG
from integrations.mapping.events import Action
from integrations.models import InboundMessage, MaintenanceWindow, Result
from integrations.pages.maintenance.views import TABS
from integrations.pages.rule_editor import routing_form
from integrations.routing.compiler import DELAYS, DelayRule
from integrations.routing.routing import DESCRIPTIONS, Delay
from integrations.setup.maintenance import CHANGEABLE

FALLBACK_ICON = "help"


def tag(name):
    """A template tag of integrations, in whichever library it is."""
    paths = get_installed_libraries().values()
    libraries = [import_library(path) for path in paths if path.startswith("integrations.")]
    [compiled] = [library.tags[name] for library in libraries if name in library.tags]
    return compiled.__wrapped__


@pytest.mark.parametrize("table", [LOG_STATUS, RANK, ACTIONS], ids=["log", "rank", "webhook"])
def test_each_result_of_an_event_is_known(table):
    assert set(table) == set(Result)


def test_the_log_uses_only_its_own_statuses_and_actions():
    statuses, actions = zip(*LOG_STATUS.values(), strict=True)

    assert set(statuses) <= set(InboundMessage.Status)
    assert set(actions) <= {*InboundMessage.Action, ""}


@pytest.mark.parametrize("result", Result)
def test_each_result_has_its_badge(result):
    assert FALLBACK_ICON not in tag("result_badge")(result)


@pytest.mark.parametrize("status", InboundMessage.Status)
def test_each_status_of_the_log_has_its_badge(status):
    assert FALLBACK_ICON not in tag("message_badge")(InboundMessage(status=status))


@pytest.mark.parametrize("action", Action)
def test_each_action_of_an_event_has_its_badge(action):
    assert FALLBACK_ICON not in tag("action_badge")(action)


@pytest.mark.parametrize("kind", [kind for kind in EffectKind if kind != EffectKind.NOTHING])
def test_each_effect_of_a_back_test_has_the_badge_of_a_result(kind):
    assert kind in set(Result)


def test_each_delay_rule_is_compiled_described_and_in_the_form():
    assert set(DELAYS) == set(DESCRIPTIONS) == set(DelayRule)
    assert set(routing_form.NUMBERS) == set(DelayRule)
    assert all(Delay(rule, 2, 3).says for rule in DelayRule)


def test_each_state_of_a_window_has_its_tab_and_what_may_be_changed():
    assert {key for key, _ in TABS} == {*WindowState, "all"}
    assert set(CHANGEABLE) == set(WindowState)


def test_each_recurrence_has_its_limit():
    assert set(TOO_LONG) == set(MaintenanceWindow.Recurrence)
