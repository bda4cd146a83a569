// @ts-check
// [data-live="5"] with hx-get and hx-trigger="refresh": asks again every so many seconds, but not
// while the tab is hidden, a row is ticked, a menu is open or somebody types inside it.

const TURN_MS = 500;
const TYPING = ":has(:is(input:not([type=checkbox]), textarea, select):focus)";

/** @type {WeakMap<Element, number>} When each region was refreshed, in milliseconds. */
const refreshedAt = new WeakMap();

/** @returns {NodeListOf<HTMLElement>} */
const regions = () => document.querySelectorAll("[data-live]");

/** @param {Element} region */
const isBusy = (region) =>
  document.hidden ||
  Boolean(region.querySelector("input:checked[data-tick], details.o-menu[open]")) ||
  region.matches(TYPING);

/** @returns {{ trigger: (element: Element, event: string) => void }} From unfold's skeleton. */
const htmx = () => Reflect.get(window, "htmx");

const turn = () => {
  const now = Date.now();
  for (const region of regions()) {
    const last = refreshedAt.get(region) ?? now;
    if (last === now) refreshedAt.set(region, now);
    if (now - last < Number(region.dataset.live) * 1000 || isBusy(region)) continue;
    refreshedAt.set(region, now);
    htmx().trigger(region, "refresh");
  }
};

setInterval(turn, TURN_MS);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const region of regions()) refreshedAt.set(region, 0);
});

document.addEventListener("connection:restored", () => {
  for (const region of regions()) refreshedAt.set(region, 0);
});

/** @type {WeakMap<Element, string>} The HTML that each region shows. */
const seen = new WeakMap();

/**
 * What did not change is not drawn again. Tokens of forms are new each time, and times tick here.
 * @param {string} html
 */
const withoutTokens = (html) =>
  html
    .replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1")
    .replace(/(<time [^>]*>)[^<]*/g, "$1");

/**
 * What was open or had the focus is found again by what it is, never by its position: rows move.
 * @param {Element} node
 * @returns {string} A selector, or '' for a node without a name.
 */
const selectorOf = (node) => {
  const name = ["id", "href", "formaction", "value"].find((one) => node.getAttribute(one));
  const value = name ? CSS.escape(node.getAttribute(name) ?? "") : "";
  const own = name ? `${node.localName}[${name}="${value}"]` : node.localName;
  const holder = name === "id" ? null : node.parentElement?.closest("form[action], details[id]");
  if (!holder) return name ? own : "";
  const key = holder.matches("form") ? "action" : "id";
  return `${holder.localName}[${key}="${CSS.escape(holder.getAttribute(key) ?? "")}"] ${own}`;
};

/** @type {WeakMap<Element, { open: string[], focus: string }>} */
const kept = new WeakMap();

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  /** @type {Element} */
  const region = detail.target;
  if (!region.matches("[data-live]")) return;
  const html = withoutTokens(detail.serverResponse);
  if (detail.xhr.status !== 200 || isBusy(region) || seen.get(region) === html) {
    detail.shouldSwap = false;
    return;
  }
  seen.set(region, html);
  const focused = document.activeElement;
  kept.set(region, {
    open: [...region.querySelectorAll("details[id][open]")].map((details) => details.id),
    focus: focused && region.contains(focused) ? selectorOf(focused) : "",
  });
});

document.addEventListener("htmx:afterSwap", (event) => {
  /** @type {Element} */
  const region = /** @type {CustomEvent} */ (event).detail.target;
  const { open = [], focus = "" } = kept.get(region) ?? {};
  /** @type {NodeListOf<HTMLDetailsElement>} */
  const details = region.querySelectorAll("details[id]");
  for (const one of details) if (open.includes(one.id)) one.open = true;
  /** @type {HTMLElement | null} */
  const focused = focus ? region.querySelector(focus) : null;
  focused?.focus({ preventScroll: true });
});
