// @ts-check
// [data-device]: "Use this device" asks for the permission, subscribes, and registers this browser
// as a contact method. Where that cannot be, it says why.

const WORKER = "/sw.js";

/** @param {HTMLElement} box */
const start = async (box) => {
  const button = /** @type {HTMLButtonElement} */ (box.querySelector("button"));
  const place = /** @type {HTMLElement} */ (box.querySelector("[data-says]"));
  const steps = /** @type {HTMLElement} */ (box.querySelector("[data-home-screen]"));

  /** @param {string} text */
  const say = (text) => {
    place.textContent = text;
  };

  /** @returns {string} Why this browser takes no pushes; '' where it does. */
  const refusal = () => {
    if (!window.isSecureContext) return "Push needs the portal at an https address.";
    if (Reflect.get(navigator, "standalone") === false) {
      steps.hidden = false;
      return "On this device pages arrive only in the app on the home screen:";
    }
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window))
      return "This browser takes no pushes.";
    if (Notification.permission === "denied")
      return "Notifications of this site are blocked. Allow them in the browser's settings.";
    return "";
  };

  /** @param {string} endpoint */
  const isKnown = async (endpoint) => {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
    const hex = [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0"));
    return (box.dataset.known ?? "").split(" ").includes(hex.join("").slice(0, 16));
  };

  const subscribe = async () => {
    const registration = await navigator.serviceWorker.register(WORKER);
    await navigator.serviceWorker.ready;
    const key = { userVisibleOnly: true, applicationServerKey: box.dataset.key };
    try {
      return await registration.pushManager.subscribe(key);
    } catch (error) {
      // It was subscribed with another key, by an earlier portal at this address.
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      await (await registration.pushManager.getSubscription())?.unsubscribe();
      return registration.pushManager.subscribe(key);
    }
  };

  const register = async () => {
    if ((await Notification.requestPermission()) !== "granted")
      return say(refusal() || "Without the permission no page can be shown here.");
    say("Registering …");
    const subscription = await subscribe();
    const token = box.querySelector("input")?.value ?? "";
    const answer = await fetch(box.dataset.register ?? "", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(subscription),
    });
    const found = await answer.json();
    if (!answer.ok) return say(found.detail);
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ kind: "device", device: { renew: found.renew, key: found.key } });
    location.assign(box.dataset.after ?? location.href);
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await register();
    } catch (error) {
      say(`This browser could not subscribe: ${error instanceof Error ? error.message : error}`);
    }
    button.disabled = false;
  });

  const why = refusal();
  if (why) return say(why);
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription && (await isKnown(subscription.endpoint)))
    return say("This device is one of yours.");
  button.hidden = false;
};

for (const box of document.querySelectorAll("[data-device]"))
  if (box instanceof HTMLElement) start(box);
