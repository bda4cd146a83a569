"""The guides for schedules and policies in a browser, on a desk and on a phone: by keys alone, and
each page under the rules of axe-core."""

import pytest
from axe_core_python.base import AXE_SCRIPT
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser import Browser
from tests.scenarios.test_accessibility import NOT_OURS, RUN, show_as

pytestmark = [
    pytest.mark.browser,
    pytest.mark.endurance,  # Minutes: some hundred presses of a key, and axe on each page.
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("chromium", "chromedriver"),
]
MAX_TABS = 200
HAS_FOCUS = "return document.activeElement.matches(arguments[0])"


class Keyboard(Browser):
    """A browser whose person has no pointer."""

    def visit(self, path):
        self.open(path)
        self.begin()

    def begin(self):
        """Skip the navigation, once the page is there."""
        self.find("h1, #content")
        self.press(Keys.TAB)
        if self.driver.execute_script(HAS_FOCUS, ".o-skip"):
            self.press(Keys.ENTER)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def to(self, css):
        """Press Tab until this has the focus."""
        for _ in range(MAX_TABS):
            if self.driver.execute_script(HAS_FOCUS, css):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"Tab does not reach {css}")

    def use(self, css, *keys):
        """Go there by Tab, and press these keys; Enter, where none are said."""
        self.to(css)
        self.press(*(keys or [Keys.ENTER]))

    def go_on(self, css, *words):
        """Press Enter there, which leads to another page, with these words on it."""
        self.driver.execute_script("window.isOld = true")
        self.use(css)
        self.wait(lambda: not self.driver.execute_script("return window.isOld ?? false"), css)
        for word in words:
            self.wait(lambda word=word: word in self.text(), word)
        self.begin()

    def findings(self):
        """What axe holds against the page that is shown, gravely."""
        self.driver.execute_script(AXE_SCRIPT)
        return self.driver.execute_async_script(RUN, [["html"]], NOT_OURS)


@pytest.fixture(params=[1440, 390])
def keyboard(request, portal):
    browser = Keyboard(portal, width=request.param)
    show_as(browser, "light", request.param)
    browser.name = f"Guide {request.param}"
    browser.log_in()
    yield browser
    browser.close()


def test_a_schedule_an_override_and_a_policy_are_made_by_keys_alone(keyboard):
    found = {}

    keyboard.visit("/schedules/add/")
    keyboard.go_on("[value='add-person:0']")
    keyboard.use("li:nth-child(2) [name='0-person']", Keys.ARROW_DOWN)
    keyboard.use("#editor .o-menu > summary")
    keyboard.go_on("[value='add-template:office']", "Business hours")
    found["editor"] = keyboard.findings()
    keyboard.use("[name=name]", keyboard.name)
    keyboard.go_on("#editor .o-form__actions .is-primary", "is made")
    found["schedule"] = keyboard.findings()

    keyboard.go_on("a[href$='/override/']", "What happens")
    keyboard.use("[name=people]", Keys.ARROW_DOWN)
    found["override"] = keyboard.findings()
    keyboard.use("[name=reason]", "Vacation")
    keyboard.go_on(".override .is-primary", "Vacation")

    keyboard.visit("/admin/escalation/policy/add/")
    keyboard.use("#id_name", keyboard.name)
    keyboard.use(".select2-search__field", keyboard.name)
    keyboard.find(".select2-results__option--highlighted", f"{keyboard.name}: on call")
    keyboard.press(Keys.ENTER)
    keyboard.go_on("[name=_continue]", "was added successfully")
    keyboard.go_on("a[href$='/ladder/']", "First message", "Services using this policy")
    found["ladder"] = keyboard.findings()
    keyboard.use("[name=service]", Keys.ARROW_DOWN)
    keyboard.go_on("[action$='/services/'] button", "from now on")

    keyboard.go_on("a[href*='/incidents/new/']", "Open and page")
    keyboard.use("[name=title]", "A test of the guide")
    keyboard.use("[name=service]", Keys.ARROW_DOWN)
    keyboard.go_on("[value=preview]", "Whom it tells")
    found["preview"] = keyboard.findings()

    assert {page: names for page, names in found.items() if names} == {}
    assert keyboard.errors() == []
