"""What an admin clicks and a responder taps, in a real browser."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from tests.browser import Browser

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
def phone(portal):
    browser = Browser(portal, width=390, height=844)
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.log_in()
    yield browser
    browser.close()


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
