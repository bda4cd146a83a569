"""The service worker of a page in Chromium, by DevTools: it is handed pushes, and its notifications
are tapped."""

import itertools
import json
import urllib.request

import websocket

PATIENCE_S = 60
# A tap as the browser reports it. What the worker does with an event of ours it may not prolong.
TAP = """
(async () => {
  const [notification] = await registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification, action: %s });
  let work;
  Object.defineProperty(event, "waitUntil", { value: (promise) => (work = promise) });
  dispatchEvent(event);
  await work;
})()
"""
SHOWN = """
registration.getNotifications().then((all) =>
  all.map(({ title, body, tag, actions, silent, requireInteraction }) =>
    ({ title, body, tag, actions, silent, requireInteraction })))
"""


class Target:
    """A page or a worker that DevTools are attached to."""

    def __init__(self, url):
        self.socket = websocket.create_connection(url, timeout=PATIENCE_S, suppress_origin=True)
        self.numbers, self.events = itertools.count(1), []

    def send(self, method, **params):
        """The answer to a command; events that come meanwhile are kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self.socket.recv())).get("id") != number:
            self.events.append(message)
        assert "error" not in message, message
        return message["result"]

    def evaluate(self, script):
        """The value of a script, awaited."""
        result = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def close(self):
        self.socket.close()


class ServiceWorker:
    """The worker of the page that a browser shows."""

    def __init__(self, browser):
        self.browser, self.origin = browser, browser.portal.url
        self.page = Target(self._find("page", self.origin))
        self.page.send("ServiceWorker.enable")
        self.registration_id = browser.wait(self._registration, "the registration of the worker")
        self.worker = None

    def _targets(self):
        address = self.browser.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        with urllib.request.urlopen(f"http://{address}/json/list", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def _find(self, kind, url):
        found = [t for t in self._targets() if t["type"] == kind and t["url"].startswith(url)]
        return found[0]["webSocketDebuggerUrl"] if found else None

    def _registration(self):
        self.page.send("ServiceWorker.enable")
        for event in self.page.events:
            if event.get("method") == "ServiceWorker.workerRegistrationUpdated":
                for one in event["params"]["registrations"]:
                    if not one["isDeleted"]:
                        return one["registrationId"]
        return None

    def deliver(self, push):
        """Hand it the text of a push, as the browser does that has decrypted one."""
        self.page.send(
            "ServiceWorker.deliverPushMessage",
            origin=self.origin,
            registrationId=self.registration_id,
            data=json.dumps(push),
        )

    def notifications(self):
        """What it shows."""
        return self._evaluate(SHOWN)

    def tap(self, action=""):
        """Tap the newest notification, or one of its buttons."""
        self._evaluate(TAP % json.dumps(action))

    def disconnect(self):
        """From now on it reaches nothing."""
        self._evaluate("self.reach = fetch; self.fetch = async () => { throw new TypeError() }; 0")

    def connect(self):
        """It reaches the portal again, and the browser tells it so."""
        self._evaluate("self.fetch = self.reach; 0")
        self.page.send(
            "ServiceWorker.dispatchSyncEvent",
            origin=self.origin,
            registrationId=self.registration_id,
            tag="acknowledge",
            lastChance=False,
        )

    def _evaluate(self, script):
        url = self.browser.wait(
            lambda: self._find("service_worker", self.origin), "the running worker"
        )
        worker = Target(url)
        try:
            return worker.evaluate(script)
        finally:
            worker.close()

    def close(self):
        self.page.close()
