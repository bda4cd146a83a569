"""On the timeline a time is marked, and an override's edge is moved, by pointer or keyboard; people
of a ring are dragged."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
MAKE = """
from datetime import timedelta
from django.utils import timezone
from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.actions.schedules import add_schedule
from escalation.schedules.definition import Definition, Layer, parse_wall
from incidents.models import User
ring = tuple((person.pk,) for person in User.objects.all()[:3])
layer = Layer("weekly", "Weekly", anchor=parse_wall("2026-03-02T09:00"), ring=ring)
row = add_schedule(Definition("Europe/Berlin", (layer,)), name="Marks")
hour = timezone.now().replace(minute=0, second=0, microsecond=0)
span = Span(hour + timedelta(days=3), hour + timedelta(days=4))
add_override(row, OverrideDraft(span=span, people=[User.objects.all()[0]]))
print(row.get_absolute_url())
"""


def query(browser, form="/override/?"):
    """What the form of the override was opened with: seconds since 1970."""
    address = browser.wait(
        lambda: form in browser.driver.current_url and browser.driver.current_url
    )
    pairs = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))
    return int(pairs["at"]), int(pairs["until"])


def test_a_time_is_marked_an_edge_is_moved_and_a_ring_is_put_in_order(portal, browser):
    url = portal.manage("shell", "-v0", "-c", MAKE).split()[-1]

    browser.open(url)
    shift = browser.find("[data-override] a[data-at][tabindex='0']")
    begins = int(shift.get_attribute("data-at"))
    shift.send_keys(Keys.ARROW_RIGHT)
    second = browser.driver.switch_to.active_element
    begins, first = int(second.get_attribute("data-at")), begins
    assert begins > first
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT * 3).key_up(
        Keys.SHIFT
    ).perform()
    said = browser.driver.find_element(By.CSS_SELECTOR, "[data-timeline-says]")
    browser.wait(lambda: "Enter opens the override" in said.get_attribute("textContent"))
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    assert query(browser) == (begins, begins + 3 * 1800)

    browser.open(url)
    row = browser.find("[data-override]")
    pointer = ActionChains(browser.driver).move_to_element(row).click_and_hold()
    pointer.move_by_offset(40, 0).move_by_offset(40, 0).release().perform()
    start, end = query(browser)
    assert start % 1800 == end % 1800 == 0
    assert end - start > 1800

    browser.open(url)
    bar = browser.find("a[data-edges]")
    starts, ends = map(int, bar.get_attribute("data-edges").split()[1:])
    half = int(bar.rect["width"] / 2)
    pointer = ActionChains(browser.driver).move_to_element(bar).move_by_offset(half - 3, 0)
    pointer.click_and_hold().move_by_offset(20, 0).move_by_offset(20, 0).release().perform()
    start, end = query(browser, "/times/?")
    assert start == starts
    assert end > ends
    assert end % 1800 == 0

    browser.open(url)
    bar = browser.find("a[data-edges]")
    bar.send_keys("s")
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT * 2).key_up(
        Keys.SHIFT
    ).send_keys(Keys.ENTER).perform()
    assert query(browser, "/times/?") == (starts - 3600, ends)
    browser.driver.find_element(By.CSS_SELECTOR, "form.override button").click()
    undo = browser.find("form.toast button")
    assert moved(browser) == [starts - 3600, ends]
    undo.click()
    browser.wait(lambda: moved(browser) == [starts, ends])

    browser.open(f"{url}edit/")
    order = [one.get_attribute("value") for one in chosen(browser)]
    grips = browser.driver.find_elements(By.CSS_SELECTOR, ".layer__grip")
    down = int(grips[2].rect["y"] - grips[0].rect["y"])
    pointer = ActionChains(browser.driver).move_to_element(grips[0]).click_and_hold()
    pointer.move_by_offset(0, 5).move_by_offset(0, down - 5).release().perform()
    wanted = [*order[1:], order[0]]
    browser.wait(lambda: [one.get_attribute("value") for one in chosen(browser)] == wanted)
    assert browser.errors() == []


def moved(browser):
    return [
        int(one) for one in browser.find("a[data-edges]").get_attribute("data-edges").split()[1:]
    ]


def chosen(browser):
    return browser.driver.find_elements(By.CSS_SELECTOR, "[name='0-person']")
