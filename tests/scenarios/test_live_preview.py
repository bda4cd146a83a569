"""Advanced Settings in a real browser: what is typed is tried at once."""

import pytest
from selenium.webdriver.common.by import By

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
SUBJECT = "[name='fields.subject.0.text']"
ADD = "[data-rows='fields.subject'] > button[value^='add:']"
BECOMES = "[data-value='fields.subject']"


def open_rules(browser):
    """The page of a new integration, with its first panel open."""
    browser.open("/integrations/add/haloitsm/")
    browser.click("[name=service] option:nth-of-type(2)")
    browser.click("button", "SUBMIT")
    browser.find("#endpoint")
    browser.click("#panel-rules > summary")


def test_what_is_typed_is_tried_at_once_and_a_click_writes_a_path(browser):
    open_rules(browser)
    paste = '{"ticket": {"id": 7, "name": "Boiler", "state": "New"}, "a.b": 1}'
    browser.click("#rule-editor-shown option[value=pasted]")
    browser.find("[data-paste]").send_keys(paste)
    browser.find("[data-tree] button", "Boiler")

    subject = browser.find(SUBJECT)
    subject.clear()
    subject.send_keys("Look at ")
    browser.click("[data-insert='ticket.name']")
    typed = subject.get_attribute("value")
    browser.find(BECOMES, "Look at Boiler")
    subject.send_keys("<a..b>")
    browser.find("[data-problems='fields.subject']", "empty name")
    subject.clear()
    subject.send_keys("ticket.name")
    browser.find(BECOMES, "Boiler")
    status = browser.find("[name='fields.status.0.text']")
    status.clear()
    browser.click("[data-insert='ticket.state']")
    browser.find("[data-verdict]", "opens")
    browser.click(ADD)
    browser.click("#panel-rules .rule-editor__foot button", "Save")
    browser.find("body", "saved, from the next message on")

    assert typed == "Look at <ticket.name>"
    assert (
        browser.driver.find_element(By.CSS_SELECTOR, SUBJECT).get_attribute("value")
        == "ticket.name"
    )
    assert browser.errors() == []


def test_rows_come_from_the_server_keep_what_is_typed_and_take_the_focus(browser):
    open_rules(browser)
    count = len(rows_of(browser))
    subject = browser.find(SUBJECT)
    subject.clear()
    subject.send_keys("ticket.name")

    browser.click(ADD)
    browser.wait(lambda: focused(browser) == f"fields.subject.{count}.text", "the new row")
    browser.driver.switch_to.active_element.send_keys("ticket.id")
    browser.click(ADD)
    browser.wait(lambda: focused(browser) == f"fields.subject.{count + 1}.text", "the last row")
    kept = rows_of(browser)
    browser.click("button[value='remove:fields.subject.0']")
    browser.wait(lambda: focused(browser) == "fields.subject.0.text", "the row that follows")

    assert (kept[0], kept[-2:]) == ("ticket.name", ["ticket.id", ""])
    assert rows_of(browser) == kept[1:]
    assert browser.errors() == []


def rows_of(browser):
    """What stands in each row. In one go: the panel may be drawn anew at any moment."""
    rows = "[name^='fields.subject.'][name$='.text']"
    script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.value)"
    return browser.driver.execute_script(script, rows)


def focused(browser):
    return browser.driver.execute_script("return document.activeElement.name")
