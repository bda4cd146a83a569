// [data-live="5"] with hx-get and hx-trigger="refresh": asks again every so many seconds, but not
// while the tab is hidden, a row is ticked, a menu is open or somebody types inside it.

const isBusy = (region) =>
  document.hidden ||
  region.querySelector("input:checked[data-tick], details.o-menu[open]") ||
  region.matches(":has(:is(input:not([type=checkbox]), textarea, select):focus)");

const turn = () => {
  const now = Date.now();
  for (const region of document.querySelectorAll("[data-live]")) {
    region.refreshedAt ??= now;
    if (now - region.refreshedAt < Number(region.dataset.live) * 1000 || isBusy(region)) continue;
    region.refreshedAt = now;
    window.htmx.trigger(region, "refresh");
  }
};

setInterval(turn, 500);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const region of document.querySelectorAll("[data-live]")) region.refreshedAt = 0;
});

// What did not change is not drawn again. Tokens of forms are new each time, and times tick here.
const seen = new WeakMap();
const gist = (html) =>
  html.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1").replace(/(<time [^>]*>)[^<]*/g, "$1");

// What was open or had the focus is found again by what it is, never by where it stood: rows move.
const nameOf = (node) => {
  const attribute = ["id", "href", "formaction", "value"].find((name) => node.getAttribute(name));
  const own = attribute ? `${node.localName}[${attribute}="${CSS.escape(node.getAttribute(attribute))}"]` : node.localName;
  const holder = attribute === "id" ? null : node.parentElement.closest("form[action], details[id]");
  if (!holder) return attribute ? own : "";
  const name = holder.matches("form") ? "action" : "id";
  return `${holder.localName}[${name}="${CSS.escape(holder.getAttribute(name))}"] ${own}`;
};

const kept = new WeakMap();
document.addEventListener("htmx:beforeSwap", (event) => {
  const region = event.detail.target;
  if (!region.matches("[data-live]")) return;
  const news = gist(event.detail.serverResponse);
  if (event.detail.xhr.status !== 200 || isBusy(region)) event.detail.shouldSwap = false;
  else if (seen.get(region) === news) event.detail.shouldSwap = false;
  else {
    seen.set(region, news);
    const open = [...region.querySelectorAll("details[id][open]")].map((details) => details.id);
    const focus = region.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    kept.set(region, { open, focus });
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const region = event.detail.target;
  const { open = [], focus = "" } = kept.get(region) ?? {};
  for (const details of region.querySelectorAll("details[id]")) if (open.includes(details.id)) details.open = true;
  if (focus) region.querySelector(focus)?.focus({ preventScroll: true });
});
