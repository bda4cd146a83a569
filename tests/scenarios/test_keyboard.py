"""Without a mouse: what can be clicked can be reached, and shows that it is."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.rows import at_length

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
PAGES = ["/integrations/1/?panel=overrides", "/integrations/2/learn/"]
# Drawn from the same pieces.
ALIKE = ["/integrations/?channel=heartbeat", "/integrations/add/heartbeat/", "/maintenance/add/"]
REDRAWN = 4  # How often a part of a page may be drawn anew while somebody walks through it.
# All that a mouse can use, of the part of the page that is ours; one for each group of radios.
CLICKABLE = """
    const use = "a[href], button, input, select, textarea, summary";
    const radios = new Set();
    document.querySelectorAll("[data-place]").forEach((one) => delete one.dataset.place);
    const all = [...document.querySelectorAll(use)].filter((one) => {
        if (!one.closest("main, #main, .o-page, #content") || one.disabled) return false;
        if (one.type === "hidden" || one.ariaHidden === "true") return false;
        if (!one.checkVisibility({visibilityProperty: true})) return false;
        if (one.type !== "radio") return true;
        const isNew = !radios.has(one.name);
        radios.add(one.name);
        return isNew;
    });
    all.forEach((one, place) => (one.dataset.place = place));
    return all.length;
"""
# What has the focus: its place, and whether a ring is drawn around it or around what it belongs to.
FOCUS = """
    const one = document.activeElement;
    const near = [one, one.nextElementSibling, one.parentElement, one.closest("label")];
    const drawn = near.filter(Boolean).some((part) => {
        const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(part);
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    });
    const group = one.type === "radio" && document.querySelector(
        `[type=radio][data-place][name="${one.name}"]`);
    return [Number((group || one).dataset.place ?? -1), drawn, one.outerHTML.slice(0, 120)];
"""
NAMES = "return [...document.querySelectorAll('[data-place]')].map(e => e.outerHTML.slice(0, 120))"


def press(browser, key):
    ActionChains(browser.driver).send_keys(key).perform()


def count_clickable(browser):
    """How much can be clicked, once scripts have stopped adding to it."""
    seen = []

    def is_settled():
        seen.append(browser.driver.execute_script(CLICKABLE))
        return len(seen) > 10 and len(set(seen[-10:])) == 1

    browser.wait(is_settled, "a page at rest")
    return seen[-1]


def walk(browser, page):
    """What Tab never reached on this page, and what had the focus and did not show it."""
    browser.open(page)
    browser.find("h1")
    for _ in range(REDRAWN):
        count = count_clickable(browser)
        assert count > 5
        reached, unseen = press_tab(browser, count)
        names = browser.driver.execute_script(NAMES)
        if len(names) == count:
            break  # Else a script has drawn a part anew meanwhile.
    return [names[place] for place in range(count) if place not in reached], unseen


def press_tab(browser, count):
    """The places that had the focus until all had it, and what had it and did not show it."""
    reached, unseen = set(), []
    for _ in range(count + 60):  # The frame around the page has stops of its own.
        press(browser, Keys.TAB)
        place, is_drawn, name = browser.driver.execute_script(FOCUS)
        reached.add(place)
        if place >= 0 and not is_drawn:
            unseen.append(name)
        if reached >= set(range(count)):
            break
    return reached, unseen


@pytest.mark.parametrize("page", [*PAGES, *at_length(*ALIKE)])
def test_tab_reaches_everything_and_the_focus_is_seen(browser, page):
    missed, unseen = walk(browser, page)

    assert missed == []
    assert unseen == []


def focus(browser, css):
    """Give it the focus, once it is there; in one go, since a part may be drawn anew meanwhile."""
    script = (
        "const found = document.querySelector(arguments[0]);"
        "if (found?.checkVisibility()) found.focus();"
        "return found !== null && document.activeElement === found;"
    )
    browser.wait(lambda: browser.driver.execute_script(script, css), f"{css} with the focus")


def has_focus(browser, name):
    return browser.driver.execute_script("return document.activeElement.name") == name


def test_a_panel_is_opened_filled_in_and_saved_by_keys_alone(browser):
    browser.open("/integrations/2/")

    focus(browser, "#panel-overrides > summary")
    press(browser, Keys.ENTER)
    focus(browser, "#panel-overrides button[value='add:overrides']")
    press(browser, Keys.ENTER)
    browser.wait(lambda: has_focus(browser, "overrides.0.days.mon"), "the focus in the new row")
    focus(browser, "[name='overrides.0.days.sat']")
    press(browser, Keys.SPACE)
    focus(browser, "[name='overrides.0.target']")
    press(browser, Keys.ARROW_DOWN)
    focus(browser, "[name='overrides.0.start']")
    press(browser, "18:00")
    focus(browser, "[name='overrides.0.end']")
    press(browser, "23:00" + Keys.ENTER)

    browser.find("body", "saved, from the next message on")
    assert browser.errors() == []
