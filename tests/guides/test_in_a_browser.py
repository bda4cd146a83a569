"""What of the guides only a browser shows: COPY that becomes COPIED, and a preview that lives."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
ADDS = {"Email": "Add Email", "Chat": "Add Chat", "Heartbeat": "Add heartbeat", "API": "ADD API"}


@pytest.fixture
def saved(browser):
    """A browser on the saved page of a new integration, added as the guide goes."""
    browser.open("/integrations/")
    browser.click("a", "ADD API")
    browser.click("a[href$='/integrations/add/bitbucket/']")
    Select(browser.find("[name=service]")).select_by_visible_text("Checkout")
    browser.click("button", "SUBMIT")
    browser.find("#endpoint")
    return browser


def test_row_01_the_channel_changes_the_table_and_the_button_at_once(saved):
    saved.open("/integrations/")
    seen = []

    for channel, label in ADDS.items():
        Select(saved.find("[name=channel]")).select_by_visible_text(channel)
        seen.append(saved.find("a.is-primary", label).get_attribute("href"))

    assert len(set(seen)) == 4


def test_row_05_copy_becomes_copied_and_the_clipboard_holds_the_url(saved):
    grant = {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
        "origin": saved.portal.url,
    }
    saved.driver.execute_cdp_cmd("Browser.grantPermissions", grant)
    url = saved.find("#endpoint").get_attribute("value")

    saved.click("button", "COPY")
    saved.find("button", "COPIED")

    read = "navigator.clipboard.readText().then(arguments[0], error => arguments[0](String(error)))"
    assert saved.driver.execute_async_script(read) == url
    saved.wait(lambda: not saved.driver.find_elements(By.XPATH, "//button[.='COPIED']"), "COPY")


def test_row_09_the_preview_says_at_once_what_a_field_becomes(saved):
    saved.click("#panel-rules > summary")
    subject = saved.find("[name='fields.subject.0.text']")

    subject.clear()
    subject.send_keys("Build <commit_status^state> of <repository^full_name>")

    saved.find("[data-value='fields.subject']", "Build FAILED of ")
    saved.find("[data-verdict]", "opens")
    assert saved.errors() == []
