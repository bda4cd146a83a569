"""A real Chromium, for tests that must see what a person sees."""

import time

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By

from tests import programs

DRIVER = programs.find("chromedriver")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_S = 90


class Browser:
    """Chromium on one portal; elements are looked for until they are there."""

    def __init__(self, portal, *, width=1440, height=900, program="chromium"):
        options = webdriver.ChromeOptions()
        options.binary_location = programs.find(program)
        for flag in [*FLAGS, f"--window-size={width},{height}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.portal = portal
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
        self.driver.set_script_timeout(PATIENCE_S)

    def open(self, path):
        self.driver.get(f"{self.portal.url}{path}")

    def log_in(self):
        self.open("/admin/login/")
        self.find("[name=username]").send_keys("admin@example.com")
        self.find("[name=password]").send_keys(self.portal.password)
        self.find("form [type=submit]").click()
        self.wait(lambda: "/login/" not in self.driver.current_url)

    def find(self, css, word=""):
        """The first visible element that fits, and that shows the word."""
        return self.wait(lambda: self._look(css, word), f"{css} {word}")

    def click(self, css, word=""):
        self.wait(lambda: self._click(css, word), f"{css} {word}")

    def _look(self, css, word):
        try:
            for element in self.driver.find_elements(By.CSS_SELECTOR, css):
                if element.is_displayed() and word in element.text:
                    return element
        except StaleElementReferenceException:
            return None  # The page has refreshed itself meanwhile.
        return None

    def _click(self, css, word):
        element = self._look(css, word)
        if element is None:
            return False
        try:
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
        except StaleElementReferenceException:
            return False
        return True

    def wait(self, condition, what="it"):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = condition()
            if found:
                return found
            assert time.monotonic() < deadline, f"{what} is not there:\n{self.text()[:2000]}"
            time.sleep(0.1)  # A look costs the browser and its driver some milliseconds of CPU.

    def text(self):
        return self.driver.execute_script("return document.body?.innerText ?? ''")

    def errors(self):
        """What the console complains of: scripts that fail, rules of the CSP that are broken."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]

    def close(self):
        self.driver.quit()
