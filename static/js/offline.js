// @ts-check
// The page without a connection: the messages that this device shows, each with its button. What is
// acknowledged here is sent by the worker when there is a connection again.

const list = document.querySelector(".told");

/** @param {number} at */
const clock = (at) => new Date(at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

/**
 * @param {Notification} notification
 * @param {ServiceWorker | null} worker
 */
const item = ({ title, body, tag, data }, worker) => {
  const row = document.createElement("li");
  const heading = Object.assign(document.createElement("h2"), { textContent: title });
  const text = Object.assign(document.createElement("p"), { textContent: body });
  const as = Object.assign(document.createElement("p"), {
    className: "more",
    textContent: `As of ${clock(data.at)}`,
  });
  row.append(heading, text, as);
  /** @type {{ action: string, title: string }[]} */
  const actions = data.actions;
  const acknowledge = actions.find(({ action }) => action === "acknowledge");
  if (acknowledge) {
    const button = Object.assign(document.createElement("button"), {
      className: "big is-acknowledge",
      textContent: acknowledge.title,
    });
    button.addEventListener("click", () => worker?.postMessage({ kind: "acknowledge", tag }));
    row.append(button);
  }
  return row;
};

const draw = async () => {
  const registration = await navigator.serviceWorker?.getRegistration();
  const told = (await registration?.getNotifications()) ?? [];
  const rows = told.map((notification) => item(notification, registration?.active ?? null));
  list?.replaceChildren(...rows);
};

navigator.serviceWorker?.addEventListener("message", draw);
window.addEventListener("online", () => location.reload());
draw();
