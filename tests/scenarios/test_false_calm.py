"""What a page says that has no news, or whose session is over, in a real browser."""

import re
import time
from types import SimpleNamespace

import pytest

from tests.browser import Browser
from tests.proxy import Proxy
from tests.rows import at_length

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
TOLD_WITHIN_S = 10
PAGES = ["/incidents/", "/services/", "/admin/incidents/team/"]


@pytest.fixture(scope="module")
def proxy(portal):
    proxy = Proxy(portal.port)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def browser(portal, proxy):
    browser = Browser(SimpleNamespace(url=proxy.url, password=portal.password))
    browser.log_in()
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def restored(browser, proxy):
    """Each test begins logged in, with a connection, and leaves it so."""
    yield
    proxy.mode = "pass"
    if not browser.driver.get_cookie("sessionid"):
        browser.log_in()


def notice(browser):
    return browser.driver.execute_script(
        "return document.querySelector('#connection')?.textContent ?? ''"
    )


def is_greyed(browser):
    return browser.driver.execute_script(
        "return getComputedStyle(document.querySelector('#page')).filter.includes('grayscale')"
    )


def log_out_behind_its_back(browser):
    browser.driver.delete_cookie("sessionid")


def type_login(browser):
    browser.find("[name=username]").send_keys("admin@example.com")
    browser.find("[name=password]").send_keys(browser.portal.password)
    browser.click("form [type=submit]")


@pytest.mark.parametrize("mode", ["reset", "hang", "502", "captive", *at_length("503")])
def test_without_a_connection_the_page_says_since_when_and_recovers_by_itself(browser, proxy, mode):
    browser.open("/")
    browser.wait(lambda: "Portal health" in browser.text())
    before = time.monotonic()

    proxy.mode = mode
    browser.wait(lambda: notice(browser), "the notice")
    took = time.monotonic() - before
    said, greyed = notice(browser), is_greyed(browser)
    proxy.mode = "pass"
    browser.wait(lambda: not notice(browser), "the end of the notice")

    assert re.match(r"No connection to the portal since \d\d:\d\d:\d\d\.", said)
    assert greyed
    assert took < TOLD_WITHIN_S
    assert not is_greyed(browser)
    assert browser.driver.find_element("css selector", "#connection[role=status]")


@pytest.mark.parametrize("path", [*PAGES, *at_length("/", "/inbound-log/")])
def test_pages_of_every_kind_say_it(browser, proxy, path):
    browser.open(path)

    proxy.mode = "reset"
    browser.wait(lambda: "No connection" in notice(browser), "the notice")

    assert is_greyed(browser)


def test_a_live_page_whose_session_is_over_says_so_and_leads_back(browser):
    browser.open("/incidents/?status=all")
    browser.find(".o-incidents")
    log_out_behind_its_back(browser)

    browser.wait(lambda: "Your session is over" in notice(browser), "the notice")
    inside = browser.driver.find_elements("css selector", "#page input[type=password]")
    rows = browser.driver.find_elements("css selector", ".o-incidents")
    browser.click("#connection a", "Log in")
    type_login(browser)
    browser.wait(lambda: "/login/" not in browser.driver.current_url)

    assert not inside
    assert rows
    assert browser.driver.current_url.endswith("/incidents/?status=all")


def open_one(portal, title):
    """The number of a new incident."""
    code = (
        "from escalation.actions.start import open_incident;"
        "from incidents.models import Service;"
        f"print(open_incident(Service.objects.first(), {title!r}).pk)"
    )
    return int(portal.manage("shell", "-c", code).split()[-1])


def test_acknowledge_with_the_session_over_is_asked_for_and_done_after_the_login(portal, browser):
    number = open_one(portal, "The session ends")
    browser.open(f"/incidents/{number}/")
    browser.find("button", "Acknowledge")
    log_out_behind_its_back(browser)

    browser.click("button", "Acknowledge")
    type_login(browser)
    browser.wait(lambda: "Do it now?" in browser.text(), "the question")
    asked = browser.text()
    browser.click("button", "Do it now")
    browser.wait(lambda: f"You have #{number}" in browser.text(), "the acknowledgement")

    assert f"/incidents/{number}/acknowledge/" in asked
    assert portal.sql(f"SELECT status FROM incidents_incident WHERE id = {number}") == [
        ("acknowledged",)
    ]


def test_a_note_that_was_typed_is_not_lost(portal, browser):
    number = open_one(portal, "A long note")
    browser.open(f"/incidents/{number}/")
    browser.find("#comment textarea").send_keys("Found it: the disk of db1")
    log_out_behind_its_back(browser)

    browser.click("#comment button", "Comment")
    browser.wait(lambda: "what you typed is kept" in browser.text(), "the login")
    type_login(browser)
    browser.wait(lambda: "Do it now?" in browser.text(), "the question")
    shown = browser.text()
    browser.click("button", "Do it now")
    browser.wait(lambda: "Your comment is on the timeline" in browser.text(), "the timeline")

    assert "Found it: the disk of db1" in shown
    assert "Found it: the disk of db1" in browser.text()


def test_two_tabs_the_older_one_gets_its_button_again(portal, browser):
    number = open_one(portal, "Two tabs")
    browser.open(f"/incidents/{number}/")
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.open("/me/")
    log_out_behind_its_back(browser)
    browser.log_in()
    browser.driver.close()
    browser.driver.switch_to.window(first)
    browser.find("button", "Acknowledge")
    # What refreshes itself has a token of the new session already; this is the old one. In one go:
    # it may refresh itself at any moment.
    browser.driver.execute_script(
        "for (const one of document.querySelectorAll('[name=csrfmiddlewaretoken]'))"
        " one.value = 'x'.repeat(64);"
        "[...document.querySelectorAll('button')]"
        ".find((one) => one.textContent.includes('Acknowledge')).click();"
    )

    browser.wait(lambda: "This page was too old" in browser.text(), "our page")
    browser.click("button", "Do it now")

    browser.wait(lambda: f"You have #{number}" in browser.text(), "the acknowledgement")


def test_one_save_does_not_drop_in_silence_what_was_typed_beside_it(browser):
    """The browser itself asks, so the test looks at what the page would have it do."""
    browser.open("/services/")
    browser.click("a.o-service")
    browser.click("a.o-tab", "Settings")
    name = browser.find("form.o-form input[name=name]")
    before = asks_before_it_leaves(browser)

    name.send_keys(" 2")
    typed = asks_before_it_leaves(browser)
    browser.driver.execute_script(
        "document.querySelector('form.o-form')"
        ".dispatchEvent(new Event('submit', {bubbles: true, cancelable: true}))"
    )

    assert (before, typed, asks_before_it_leaves(browser)) == (False, True, False)


def asks_before_it_leaves(browser):
    return browser.driver.execute_script(
        "return !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    )
