// @ts-check
// #connection says since when this page has no news: the portal is not reached, the session is
// over, or a live part is refused. The page is greyed meanwhile, and recovers by itself.

const PULSE_MS = 3000;
const TIMEOUT_MS = 4000;
const TURN_MS = 500;
// A live part that was asked for so long ago hangs. One that answers late is no trouble.
const REFRESH_TIMEOUT_MS = 9000;
const HALF_A_DAY_MS = 12 * 3600 * 1000;

/** @typedef {"" | "lost" | "ended" | "stuck"} Trouble */

const place = document.querySelector("#connection");

/** When the portal last answered, and when a live part was last drawn, in milliseconds. */
let answeredAt = Date.now();
let refreshedAt = Date.now();
/** When the live part was asked for that has not answered yet; 0 for none. */
let askedAt = 0;
let isRefused = false;
let pulsedAt = Date.now();
let isPulsing = false;
/** @type {Trouble} Of the pulse. */
let trouble = "";
let shown = "";

/**
 * @param {number} at
 * @returns {string} 14:03:12, or Tue 14:03:12 where that could be another day
 */
const clock = (at) => {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  if (Date.now() - at > HALF_A_DAY_MS) options.weekday = "short";
  const timeZone = place instanceof HTMLElement ? place.dataset.zone : undefined;
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone }).format(at);
};

/** @returns {HTMLAnchorElement} The login, which leads back to this page. */
const loginLink = () => {
  const link = document.createElement("a");
  const login = place instanceof HTMLElement ? place.dataset.login : "/";
  const here = location.pathname + location.search;
  link.href = `${login}?next=${encodeURIComponent(here)}`;
  link.textContent = "Log in";
  return link;
};

/** @returns {HTMLAnchorElement} This page, loaded again. */
const reloadLink = () => {
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Load it again";
  return link;
};

/** @type {Record<Trouble, (since: string) => (string | Node)[]>} */
const SENTENCES = {
  "": () => [],
  lost: (since) => [`No connection to the portal since ${since}. What you see may be out of date.`],
  ended: (since) => [`Your session is over. No news here since ${since}. `, loginLink()],
  stuck: (since) => [`This page gets no news since ${since}. `, reloadLink()],
};

const draw = () => {
  const isStuck = isRefused || (askedAt > 0 && Date.now() - askedAt > REFRESH_TIMEOUT_MS);
  const now = trouble || (isStuck ? "stuck" : "");
  const since = clock(now === "stuck" ? refreshedAt : answeredAt);
  const key = now && `${now} ${since}`;
  if (!place || key === shown) return;
  shown = key;
  if (now) document.body.dataset.connection = now;
  else delete document.body.dataset.connection;
  place.replaceChildren(...SENTENCES[now](since));
};

/**
 * @param {number} status
 * @returns {Trouble}
 */
const troubleOf = (status) => {
  if (status === 204) return "";
  return status === 401 ? "ended" : "lost";
};

const pulse = async () => {
  if (isPulsing || !(place instanceof HTMLElement)) return;
  isPulsing = true;
  pulsedAt = Date.now();
  const before = trouble;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { status, headers } = await fetch(place.dataset.pulse ?? "", {
      cache: "no-store",
      redirect: "manual",
      signal,
    });
    trouble = troubleOf(status);
    const detail = Number(headers.get("X-Open-Incidents") ?? 0);
    if (!trouble) document.dispatchEvent(new CustomEvent("open-incidents", { detail }));
  } catch {
    trouble = "lost";
  }
  isPulsing = false;
  if (!trouble) answeredAt = Date.now();
  if (before && !trouble) document.dispatchEvent(new Event("connection:restored"));
  draw();
};

const turn = () => {
  if (!document.hidden && Date.now() - pulsedAt >= PULSE_MS) pulse();
  draw();
};

/**
 * @param {Event} event
 * @returns {boolean} Whether it is about a live part of the page.
 */
const isLive = (event) => /** @type {CustomEvent} */ (event).detail.elt?.matches("[data-live]");

if (place) {
  setInterval(turn, TURN_MS);
  document.addEventListener("visibilitychange", () => !document.hidden && pulse());
  for (const name of ["online", "offline", "pageshow"]) window.addEventListener(name, pulse);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isLive(event) && !askedAt) askedAt = Date.now();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { status } = /** @type {CustomEvent} */ (event).detail.xhr;
    if (status === 401) pulse();
    if (!isLive(event)) return;
    askedAt = 0;
    isRefused = status !== 200;
    if (!isRefused) refreshedAt = Date.now();
    else pulse();
  });
}
