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

// What did not change is not drawn again: selections and scroll positions stay.
const seen = new WeakMap();
document.addEventListener("htmx:beforeSwap", (event) => {
  const region = event.detail.target;
  if (!region.matches("[data-live]")) return;
  if (event.detail.xhr.status !== 200 || isBusy(region)) event.detail.shouldSwap = false;
  else if (seen.get(region) === event.detail.serverResponse) event.detail.shouldSwap = false;
  else seen.set(region, event.detail.serverResponse);
});
