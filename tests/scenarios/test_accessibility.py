"""Every kind of page, light and dark, on a desk and on a phone, under the rules of axe-core."""

import pytest
from axe_core_python.base import AXE_SCRIPT

from tests.browser import CHROMIUM, DRIVER, Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium is not installed"),
]
PAGES = [
    "/",
    "/incidents/?status=all",
    "/incidents/1001/",
    "/incidents/1006/",
    "/incidents/new/",
    "/services/",
    "/services/1/?tab=settings",
    "/integrations/",
    "/integrations/add/",
    "/integrations/add/odown/",
    "/integrations/1/",
    "/inbound-log/",
    "/inbound-log/1/",
    "/me/",
    "/admin/escalation/policy/1/change/",
    "/admin/incidents/team/1/change/",
    "/nothing-here/",
]
# Parts that the frame of the admin and its pickers draw.
NOT_OURS = [["#nav-sidebar [data-simplebar]"], [".select2-selection__rendered"]]
RUN = """
    const [exclude, done] = arguments;
    axe.run({exclude}, {resultTypes: ["violations"]}).then(({violations}) => done(violations
        .filter(({impact}) => ["serious", "critical"].includes(impact))
        .flatMap(({id, nodes}) => nodes.map(({target}) => `${id}: ${target.join(" ")}`))));
"""


@pytest.fixture(params=[("light", 1440), ("dark", 390)], ids=["desk", "phone"])
def browser(portal, request):
    theme, width = request.param
    browser = Browser(portal, width=width)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.log_in()
    yield browser
    browser.close()


def findings(browser, page):
    """What axe holds against a page, gravely."""
    browser.open(page)
    browser.find("h1, #content")
    browser.driver.execute_script(AXE_SCRIPT)
    return browser.driver.execute_async_script(RUN, NOT_OURS)


def test_no_page_shuts_anybody_out(browser):
    found = {page: findings(browser, page) for page in PAGES}

    assert {page: names for page, names in found.items() if names} == {}
