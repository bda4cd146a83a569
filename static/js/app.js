// @ts-check
// The installed app: how many open incidents nobody has yet stands before the title of each page
// and on its icon, and what the device could not send before is sent.

const title = document.title;
let shown = 0;

const flush = async () => {
  const registration = await navigator.serviceWorker?.getRegistration();
  registration?.active?.postMessage({ kind: "flush" });
};

document.addEventListener("open-incidents", (event) => {
  const { detail: count } = /** @type {CustomEvent<number>} */ (event);
  if (count === shown) return;
  shown = count;
  document.title = count ? `(${count}) ${title}` : title;
  const done = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  done?.catch(() => null);
});
document.addEventListener("connection:restored", flush);
document.addEventListener("visibilitychange", () => !document.hidden && flush());
flush();
