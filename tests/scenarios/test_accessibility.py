"""Every kind of page, light and dark, on a desk and on a phone, under the rules of axe-core."""

import re

import pytest
from axe_core_python.base import AXE_SCRIPT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
PAGES = [
    "/",
    "/incidents/?status=all",
    "/incidents/1001/",
    "/incidents/1001/why/",
    "/incidents/1006/responders/",
    "/incidents/new/",
    "/policies/1/ladder/",
    "/services/",
    "/services/1/?tab=settings",
    "/integrations/",
    "/integrations/add/",
    "/integrations/add/odown/",
    "/integrations/add/heartbeat/",
    "/integrations/1/",
    "/integrations/1/simulate/",
    "/integrations/2/learn/",
    "/settings/integrations/slack/",
    "/settings/notifications/",
    "/settings/integrations/tickets/",
    "{desk}",
    "/incidents/1006/outbound/?method=1",
    "{mail}",
    "/oncall/",
    "/schedules/",
    "{schedule}",
    "{schedule}edit/",
    "{schedule}month/",
    "{schedule}hand-overs/",
    "{hand_over}",
    "/my-shifts/",
    "/coverage/",
    "/maintenance/",
    "/maintenance/add/",
    "{window}",
    "/imports/",
    "/inbound-log/1/",
    "/me/",
    "/settings/",
    "/settings/notifications/templates/short/page/all/",
    "{webhook}",
    "/reset-password/",
    "/admin/escalation/policy/1/change/",
    "/nothing-here/",
]
# Drawn from the same pieces as one of these: looked at by `make test-all` alone.
ALIKE = [
    "/settings/notifications/templates/",
    "/incidents/1001/acknowledge/",
    "/incidents/1006/edit/",
    "/integrations/add/detect/",
    "/integrations/1/forwards/",
    "{schedule}shift/?person=1",
    "{schedule}cover/",
    "{schedule}slack-groups/",
    "{override}",
    "/history/incidents.service/1/",
    "/settings/integrations/webhooks/",
    "/settings/call-routes/",
    "/settings/integrations/outbound/",
    "/admin/notifications/outboundservice/1/change/",
    "/admin/notifications/outboundservice/add/?kind=jira_cloud",
    "/me/contact-methods/add/push/",
    "/logout/",
    "/set-password/2-none/",
    "/admin/incidents/team/1/change/",
    "{confirm}",
    "/incidents/1006/",
    "/incidents/1006/combine/",
    "/policies/1/drills/",
    "/policies/stock/",
    "/integrations/?channel=heartbeat",
    "/integrations/add/email/",
    "/integrations/add/chat/",
    "/integrations/3/",
    "{chat}",
    "{schedule}override/",
    "{schedule}hours/",
    "{schedule}settings/",
    "{schedule}calendars/add/",
    "/schedules/add/",
    "/people/1/out-of-office/",
    "/changes/",
    "/inbound-log/",
    "/me/sessions/",
    "/me/password/",
    "/reset-password/sent/",
    "/admin/escalation/workflow/1/change/",
    "/admin/incidents/conferencebridge/add/",
    "/admin/integrations/mailaccount/add/",
]
# Of a page whose other parts are looked at already.
PANELS = ["rules", "delay", "filters", "overrides", "groups"]
SCREENS = [("dark", 390), ("light", 1440)]
# Parts that the frame of the admin and its pickers draw.
NOT_OURS = [
    ["#nav-sidebar [data-simplebar]"],
    [".select2-selection__rendered"],
    [".material-symbols-outlined.text-base-400"],
    # Ours, and decoration: the bar that sticks to the bottom is taken for their background.
    [".rule-editor__accordion > details > summary > .o-icon"],
]
RUN = """
    const [include, exclude, done] = arguments;
    // Without preload: it fetches each style sheet anew, for a rule that is none of ours.
    const options = {resultTypes: ["violations"], preload: false, elementRef: false};
    axe.run({include, exclude}, options).then(({violations}) => done(violations
        .filter(({impact}) => ["serious", "critical"].includes(impact))
        .flatMap(({id, nodes}) => nodes.map(({target}) => `${id}: ${target.join(" ")}`))));
"""
# What is folded in is looked at where it is open; here it would take most of the time.
DROP_FOLDED = """
    for (const folded of document.querySelectorAll("details:not([open])"))
        for (const hidden of [...folded.children])
            if (hidden.localName !== "summary") hidden.remove();
"""
# One of each kind that a new portal has none of: the pages of both, and of a window in force.
FURNISH = """
from datetime import timedelta
from django.urls import reverse
from django.utils import timezone
from escalation.actions.confirmations import confirm_path
from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.actions.schedules import add_schedule
from escalation.models import HandOver, HandOverConfirmation
from escalation.schedules.definition import Definition, Layer, Window, parse_wall
from incidents.models import Service, User
from integrations.setup.integrations import create_integration
from integrations.setup.maintenance import add_window
from notifications.actions.outbound_settings import write
from notifications.actions.settings import add_shared_channel
service, now = Service.objects.first(), timezone.now()
mail = create_integration("email", name="Mails", service=service, mailbox="ops")
chat = create_integration("slack-chat", name="Slack", service=service)
window = add_window(
    name="Upgrade", services=[service], integrations=[], starts_at=now,
    ends_at=now + timedelta(hours=1), time_zone="UTC",
)
ring = tuple((person.pk,) for person in User.objects.all()[:3])
layer = Layer("weekly", "Weekly", anchor=parse_wall("2026-03-02T09:00"), ring=ring)
office = Layer("office", "Office", rank=2, ring=ring[:1], windows=(Window(frozenset(range(5))),))
hook = {"url": "https://chat.example/hooks/k3y"}
webhook = add_shared_channel("Ops", "mattermost", hook)
desk = {"base_url": "https://desk.example", "authentication": "none"}
desk = write(None, kind="http", name="Desk", config=desk, methods=[{"name": "Open a case"}])
schedule = add_schedule(Definition("Europe/Berlin", (layer, office)), name="Payments")
first, second = User.objects.all()[:2]
hour = timedelta(hours=1)
draft = OverrideDraft(span=Span(now + hour, now + 2 * hour), people=[second])
override = add_override(schedule, draft)
row = HandOver.objects.create(
    schedule=schedule, at=now, began_at=now - hour, outgoing=[second.pk], incoming=[first.pk],
    done_at=now,
)
for user in (first, second):
    HandOverConfirmation.objects.create(hand_over=row, user=user, asked_at=now)
print(*[one.get_absolute_url() for one in (mail, chat, window, schedule, webhook, desk, row)])
print(confirm_path(row, second.pk, now), reverse("override_times", args=[override.pk]))
"""

MADE = (
    *("{mail}", "{chat}", "{window}", "{schedule}", "{webhook}", "{desk}"),
    *("{hand_over}", "{confirm}", "{override}"),
)


@pytest.fixture(scope="module")
def pages(portal):
    """Every kind of page, with the addresses of what was made for it."""
    made = portal.manage("shell", "-v0", "-c", FURNISH).split()
    named = dict(zip(MADE, made, strict=True))
    return [re.sub(r"{\w+}", lambda match: named[match[0]], page) for page in [*PAGES, *ALIKE]]


SET_THEME = "document.documentElement.classList.toggle('dark', arguments[0])"


def show_as(browser, theme, width):
    """Draw the page as a screen of this width does, in this theme, loaded or not."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.driver.execute_script(SET_THEME, theme == "dark")


def is_dark(browser):
    """Whether it is drawn on a dark ground."""
    script = "return getComputedStyle(document.body).backgroundColor"
    red, green, blue = re.findall(r"[\d.]+", browser.driver.execute_script(script))[:3]
    return float(red) + float(green) + float(blue) < 3 * 128


def findings(browser, page, screens, part="html"):
    """What axe holds against a page or a part of it, gravely, by theme and width."""
    found = {}
    show_as(browser, *screens[0])
    browser.open(page)
    browser.find("h1, #content")
    browser.driver.execute_script(DROP_FOLDED + AXE_SCRIPT)
    for screen in screens:
        show_as(browser, *screen)
        assert is_dark(browser) == ("dark" in screen), page
        if names := browser.driver.execute_async_script(RUN, [[part]], NOT_OURS):
            found[screen] = names
    return found


def looked_at(browser, pages, screens_of):
    """The findings of all pages and panels, each on the screens of its number."""
    parts = [(page, "html") for page in pages]
    parts += [(f"/integrations/1/?panel={name}", f"#panel-{name}") for name in PANELS]
    found = {
        page: findings(browser, page, screens_of(number), part)
        for number, (page, part) in enumerate(parts)
    }
    return {page: names for page, names in found.items() if names}


def test_no_page_shuts_anybody_out(browser, pages):
    """Each kind of page on one of the screens, in turn."""
    kinds = pages[: len(PAGES)]
    assert looked_at(browser, kinds, lambda number: [SCREENS[number % len(SCREENS)]]) == {}


@pytest.mark.endurance
def test_no_page_shuts_anybody_out_on_any_screen(browser, pages):
    assert looked_at(browser, pages, lambda number: SCREENS) == {}
