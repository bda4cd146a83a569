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
    "/incidents/1006/",
    "/incidents/1001/acknowledge/",
    "/incidents/new/",
    "/services/",
    "/services/1/?tab=settings",
    "/integrations/",
    "/integrations/?channel=heartbeat",
    "/integrations/add/",
    "/integrations/add/odown/",
    "/integrations/add/detect/",
    "/integrations/add/email/",
    "/integrations/add/chat/",
    "/integrations/add/heartbeat/",
    "/integrations/1/",
    "/integrations/2/learn/",
    "/integrations/3/",
    "{mail}",
    "{chat}",
    "/oncall/",
    "/schedules/",
    "{schedule}",
    "{schedule}edit/",
    "{schedule}override/",
    "{schedule}shift/",
    "/schedules/add/",
    "/my-shifts/",
    "/maintenance/",
    "/maintenance/add/",
    "{window}",
    "/changes/",
    "/inbound-log/",
    "/inbound-log/1/",
    "/me/",
    "/me/sessions/",
    "/me/password/",
    "/logout/",
    "/reset-password/",
    "/reset-password/sent/",
    "/set-password/2-none/",
    "/admin/escalation/policy/1/change/",
    "/admin/incidents/team/1/change/",
    "/admin/incidents/conferencebridge/add/",
    "/admin/integrations/mailaccount/add/",
    "/nothing-here/",
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
from django.utils import timezone
from escalation.actions.schedules import add_schedule
from escalation.schedules.definition import Definition, Layer, Window, parse_wall
from incidents.models import Service, User
from integrations.setup.integrations import create_integration
from integrations.setup.maintenance import add_window
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
schedule = add_schedule(Definition("Europe/Berlin", (layer, office)), name="Payments")
print(*[row.get_absolute_url() for row in (mail, chat, window, schedule)])
"""


@pytest.fixture(scope="module")
def pages(portal):
    """Every kind of page, with the addresses of what was made for it."""
    made = portal.manage("shell", "-v0", "-c", FURNISH).split()
    named = dict(zip(("{mail}", "{chat}", "{window}", "{schedule}"), made, strict=True))
    return [re.sub(r"{\w+}", lambda match: named[match[0]], page) for page in PAGES]


def show_as(browser, theme, width):
    """Draw the page as a screen of this width does, in this theme."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def is_dark(browser):
    """Whether it is drawn on a dark ground."""
    script = "return getComputedStyle(document.body).backgroundColor"
    red, green, blue = re.findall(r"[\d.]+", browser.driver.execute_script(script))[:3]
    return float(red) + float(green) + float(blue) < 3 * 128


def findings(browser, page, part="html"):
    """What axe holds against a page or a part of it, gravely, by theme and width."""
    found = {}
    for screen in SCREENS:
        show_as(browser, *screen)
        browser.open(page)  # Its theme is chosen when it is loaded.
        browser.find("h1, #content")
        browser.driver.execute_script(DROP_FOLDED + AXE_SCRIPT)
        assert is_dark(browser) == ("dark" in screen), page
        if names := browser.driver.execute_async_script(RUN, [[part]], NOT_OURS):
            found[screen] = names
    return found


def test_no_page_shuts_anybody_out(browser, pages):
    found = {page: findings(browser, page) for page in pages}
    for name in PANELS:
        page = f"/integrations/1/?panel={name}"
        found[page] = findings(browser, page, f"#panel-{name}")

    assert {page: names for page, names in found.items() if names} == {}
