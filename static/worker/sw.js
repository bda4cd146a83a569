// @ts-check
// The service worker: shows pushes, says that they were shown, and does what is tapped. What cannot
// be sent is kept, shown as not sent yet, and sent when there is a connection again.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/**
 * @typedef {{ action: string, title: string, urls?: string[] }} Action
 * @typedef {{ title: string, body: string, navigate: string, tag: string, silent: boolean,
 *   requireInteraction: boolean }} Shown
 * @typedef {{ id: string, notification: Shown, seen: string, tapped?: string, actions: Action[],
 *   at?: number }} Push
 * @typedef {{ renew: string, key: string }} Device
 * @typedef {{ push: Push, tappedAt: number }} Waiting
 */

const ICON = "/static/img/icon-192.png";
const OFFLINE = "/static/offline.html";
const SHELL = [
  OFFLINE,
  "/static/bare.css",
  "/static/js/offline.js",
  "/static/img/favicon.svg",
  "/static/img/logo.svg",
];
// The caches: a worker has no other memory.
const SHELL_CACHE = "shell";
const DEVICE = "device";
const QUEUE = "acknowledge";
// What was tapped so long ago is not sent without asking again.
const MAX_AGE_MS = 5 * 60 * 1000;

/** @type {Push} Shown for a push that says nothing: one that shows nothing costs the permission. */
const UNREADABLE = {
  id: "",
  seen: "",
  actions: [],
  notification: {
    title: "A page from OpsPortal",
    body: "Open it to see what it is about.",
    navigate: "/",
    tag: "unreadable",
    silent: false,
    requireInteraction: true,
  },
};

/**
 * @param {PushMessageData | null} data
 * @returns {Push}
 */
const read = (data) => {
  try {
    return data ? data.json() : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
};

/**
 * Addresses are asked here, under whatever name this device knows the portal.
 * @param {string} url
 */
const here = (url) => {
  const { pathname, search, hash } = new URL(url, location.origin);
  return pathname + search + hash;
};

/**
 * @param {string} url
 * @param {unknown} [body]
 */
const post = (url, body) =>
  fetch(here(url), {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    keepalive: true,
  });

const badge = async () => {
  const { length } = await worker.registration.getNotifications();
  const { navigator } = worker;
  await (length ? navigator.setAppBadge?.(length) : navigator.clearAppBadge?.());
};

/**
 * @param {Push} push
 * @param {Partial<Shown>} [changes]
 */
const show = async (push, changes) => {
  const { title, ...options } = { ...push.notification, ...changes };
  const data = { at: Date.now(), ...push };
  const actions = push.actions.map(({ action, title: label }) => ({ action, title: label }));
  const more = { renotify: !options.silent, icon: ICON, badge: ICON, actions, data };
  await worker.registration.showNotification(title, { ...options, ...more });
  for (const client of await worker.clients.matchAll()) client.postMessage({ kind: "shown" });
};

/** @param {Push} push */
const receive = async (push) => {
  await show(push);
  await Promise.allSettled([badge(), push.seen && post(push.seen), flush()]);
};

/** @param {Push} push */
const open = async ({ notification: { navigate }, tapped }) => {
  if (tapped) await post(tapped).catch(() => null);
  const path = here(navigate);
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows[0];
  if (!shown) return worker.clients.openWindow(path);
  await shown.focus().catch(() => null);
  return shown.navigate(path).catch(() => worker.clients.openWindow(path));
};

/**
 * @param {string} url
 * @returns {Promise<string>} What became of it, in the portal's words; '' where it did not answer.
 */
const ask = async (url) => {
  try {
    const { text } = await (await post(url)).json();
    return text ?? "";
  } catch {
    return "";
  }
};

/**
 * @param {Push} push
 * @param {number} [tappedAt]
 */
const acknowledge = async (push, tappedAt = Date.now()) => {
  const urls = push.actions.find(({ action }) => action === "acknowledge")?.urls ?? [];
  const said = await Promise.all(urls.map(ask));
  if (said.includes("")) return wait({ push, tappedAt });
  const isDone = said.every((text) => !text.startsWith("Not "));
  const left = isDone ? push.actions.filter(({ action }) => action === "open") : push.actions;
  await (await caches.open(QUEUE)).delete(`/${push.id}`);
  await show(
    { ...push, actions: left },
    {
      title: isDone ? "Acknowledged" : "Not acknowledged",
      body: said.join("\n"),
      silent: isDone,
      requireInteraction: !isDone,
    },
  );
};

/** @param {Waiting} waiting */
const wait = async ({ push, tappedAt }) => {
  await (await caches.open(QUEUE)).put(`/${push.id}`, Response.json({ push, tappedAt }));
  const at = new Date(tappedAt).toLocaleTimeString([], { timeStyle: "short" });
  await show(
    { ...push, actions: [] },
    {
      title: `Not sent yet: ${push.notification.title}`,
      body: `You acknowledged it at ${at}, and the portal does not answer. Paging goes on.`,
      silent: true,
      requireInteraction: true,
    },
  );
  // Chromium wakes the worker by itself when there is a connection; others by the next page or push.
  const sync = Reflect.get(worker.registration, "sync");
  await sync?.register(QUEUE).catch(() => null);
};

/** @param {Waiting} waiting */
const retry = async ({ push, tappedAt }) => {
  if (Date.now() - tappedAt < MAX_AGE_MS) return acknowledge(push, tappedAt);
  await (await caches.open(QUEUE)).delete(`/${push.id}`);
  const title = `Not acknowledged: ${push.notification.title}`;
  const body = "It could not be sent for five minutes. Acknowledge it again if it is yours.";
  await show(push, { title, body });
};

const flush = async () => {
  const queue = await caches.open(QUEUE);
  for (const request of await queue.keys()) {
    const kept = await queue.match(request);
    if (kept) await retry(await kept.json());
  }
};

/** @param {Device} found */
const keep = async (found) => (await caches.open(DEVICE)).put("/", Response.json(found));

const renew = async () => {
  /** @type {Device | undefined} */
  const known = await (await (await caches.open(DEVICE)).match("/"))?.json();
  if (!known) return;
  const subscription = await worker.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: known.key,
  });
  const answer = await post(known.renew, subscription.toJSON());
  if (answer.ok) await keep(await answer.json());
};

/** @param {{ kind: string, tag?: string, device?: Device }} message From a page. */
const hear = async ({ kind, tag, device }) => {
  if (kind === "device" && device) return keep(device);
  if (kind === "flush") return flush();
  const [shown] = await worker.registration.getNotifications({ tag });
  if (kind === "acknowledge" && shown) await acknowledge(shown.data);
};

/** @param {Request} request */
const load = async (request) => {
  try {
    return await fetch(request);
  } catch {
    const name = request.mode === "navigate" ? OFFLINE : request;
    return (await caches.match(name)) ?? Response.error();
  }
};

const install = async () => {
  await (await caches.open(SHELL_CACHE)).addAll(SHELL);
  await worker.skipWaiting();
};

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (event) => event.waitUntil(receive(read(event.data))));
worker.addEventListener("message", (event) => event.waitUntil(hear(event.data)));
worker.addEventListener("notificationclose", (event) => event.waitUntil(badge()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const isShell = SHELL.includes(new URL(request.url).pathname);
  if (request.method === "GET" && (request.mode === "navigate" || isShell))
    event.respondWith(load(request));
});
worker.addEventListener("notificationclick", (event) => {
  const { action, notification } = event;
  notification.close();
  const act = action === "acknowledge" ? acknowledge : open;
  event.waitUntil(act(notification.data).then(badge));
});
// These two are in no list of types yet.
for (const [name, act] of Object.entries({ sync: flush, pushsubscriptionchange: renew }))
  worker.addEventListener(name, (event) => /** @type {ExtendableEvent} */ (event).waitUntil(act()));
