"""What an admin clicks and a responder taps, in a real browser."""

import json
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.browser import Browser
from tests.notifications.push_service import Device
from tests.notifications.servers import Receiver, answer
from tests.service_worker import ServiceWorker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
PAGES = [
    "/",
    "/incidents/",
    "/services/",
    "/integrations/",
    "/integrations/add/",
    "/inbound-log/",
    "/me/",
]


@pytest.fixture
def phone(browser):
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield browser
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def cards_of(browser):
    """The texts of the cards that the gallery shows now."""
    cards = browser.driver.find_elements(By.CSS_SELECTOR, ".gallery__tool")
    return [card.text for card in cards if card.is_displayed()]


def test_from_the_gallery_to_an_acknowledged_incident(browser):
    browser.open("/integrations/")
    browser.click("a", "ADD API")
    browser.find("input[type=search]").send_keys("odo")
    browser.wait(lambda: len(cards_of(browser)) == 1, "the one card that fits")
    shown = cards_of(browser)
    browser.click("a[href$='/integrations/add/odown/']")
    name = browser.find("[name=name]")
    prefilled = name.get_attribute("value")
    Select(browser.find("[name=service]")).select_by_visible_text("Checkout")
    browser.click("button", "SUBMIT")
    url = browser.find("#endpoint").get_attribute("value")
    browser.click("button", "COPY")
    browser.find("button", "COPIED")
    browser.click("button", "Test")
    browser.click("button", "Page for real")
    browser.click("a[href*='/inbound-log/']:not([href$='/inbound-log/'])")
    browser.find("body", "Mapped")
    browser.click("a[href*='/incidents/1']")
    browser.click("button", "Acknowledge")
    browser.find("body", "Acknowledged")

    assert prefilled == "Odown"
    assert "Odown" in shown[0]
    assert url.startswith(f"{browser.portal.url}/POSTAlert/")
    assert browser.errors() == []


def test_no_page_is_wider_than_a_phone_or_breaks_a_script(phone):
    wide = []
    for page in PAGES:
        phone.open(page)
        width = phone.driver.execute_script("return document.documentElement.scrollWidth")
        wide += [page] if width > 390 else []

    assert wide == []
    assert phone.errors() == []


SAY = """
    const form = document.querySelector("#comment"), body = new FormData(form);
    body.set("text", "Said from elsewhere");
    return fetch(form.action, {method: "POST", body}).then(({ok}) => ok);
"""


def test_what_is_opened_stays_open_when_the_page_brings_news(browser):
    browser.open("/incidents/")
    browser.click(".o-incidents__title")
    browser.click("details.o-alert > summary")

    assert browser.driver.execute_script(SAY)
    browser.find(".o-timeline", "Said from elsewhere")

    assert browser.find("details.o-alert[open] dl")
    focused = browser.driver.switch_to.active_element
    assert focused.tag_name == "summary"


# A browser without the push service of its maker: what it would give to a script.
SUBSCRIBED = """
PushManager.prototype.subscribe = async () => ({ toJSON: () => (%s), endpoint: %s });
"""


AGAIN_AFTER_S = 5
UNUSED = """
    UPDATE notifications_contactmethod SET is_enabled = false, verified_at = NULL
    WHERE channel = 'push'
"""


@pytest.fixture
def push_service(portal):
    server = Receiver()
    server.behave = lambda handler: answer(handler, 201, b"")
    yield server
    server.stop()
    portal.execute(UNUSED)


@pytest.fixture
def browser_of_phone(portal):
    """One that shows notifications."""
    browser = Browser(portal, program="whole-chromium")
    browser.log_in()
    yield browser
    browser.close()


@pytest.fixture
def device(browser_of_phone, push_service):
    """What the scripts of this browser are subscribed as."""
    browser = browser_of_phone
    device = Device(f"http://127.0.0.1:{push_service.server_port}/send/1")
    subscription = json.dumps(device.subscription), json.dumps(device.endpoint)
    permission = {"origin": browser.portal.url, "permissions": ["notifications"]}
    browser.driver.execute_cdp_cmd("Browser.grantPermissions", permission)
    script = {"source": SUBSCRIBED % subscription}
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    return device


@pytest.fixture
def pushed(browser_of_phone, push_service, device):
    """What the portal has sent to the device, which its browser hands to the worker."""
    taken, handed_at = [], [0.0]

    def hand_over(worker, title):
        """Everything that came, until a notification with this title is there. Chromium loses what
        it hands to a worker that is just ending: then it is handed over again."""

        def is_shown():
            new = [device.read(one[2]) for one in push_service.requests[len(taken) :]]
            taken.extend(new)
            if taken and not new and time.monotonic() - handed_at[0] > AGAIN_AFTER_S:
                new = taken[-1:]
            for push in new:
                worker.deliver(push)
                handed_at[0] = time.monotonic()
            return any(one["title"].startswith(title) for one in worker.notifications())

        browser_of_phone.wait(is_shown, f"the notification {title}")
        return taken[-1]

    return hand_over


def test_a_push_is_shown_tapped_and_acknowledged(browser_of_phone, pushed):
    browser = browser_of_phone
    browser.open("/me/")
    browser.click("button", "Use this device")
    browser.find(".o-method", "Not verified")
    worker = ServiceWorker(browser)
    pushed(worker, "Tap to confirm")
    [asked] = worker.notifications()
    worker.tap()
    verified = browser.wait(
        lambda: browser.find(".o-method", "Chrome on Linux").text.count("Verified")
    )

    browser.open("/integrations/1/test/")
    browser.click("button", "Tell only me")
    push = pushed(worker, "TEST: ")
    [page] = worker.notifications()
    worker.disconnect()
    worker.tap("acknowledge")
    [waiting] = worker.notifications()
    browser.open("/incidents/")
    told = browser.find(".told h2", "Not sent yet")
    offline = browser.text()
    worker.connect()
    [done] = browser.wait(lambda: [n for n in worker.notifications() if "Not" not in n["title"]])
    browser.open(push["notification"]["navigate"].removeprefix(browser.portal.url))
    browser.find("body", "Acknowledged")
    worker.close()

    assert asked["title"] == "Tap to confirm this device"
    assert verified
    assert page["title"].startswith("TEST: ")
    assert [one["title"] for one in page["actions"]] == ["Acknowledge", "Open"]
    assert waiting["title"] == f"Not sent yet: {page['title']}"
    assert told
    assert "No connection to the portal" in offline
    assert (done["title"], done["tag"]) == ("Acknowledged", page["tag"])
    assert done["body"].startswith("Yours. #")
    states = "SELECT DISTINCT state FROM notifications_notification WHERE channel = 'push'"
    assert browser.portal.sql(states) == [("delivered",)]
    assert browser.errors() == []
