// time[data-ago] and time[data-until] tell how long, and go on telling while the page is open.

const UNITS = [
  ["d", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

const spell = (seconds) => {
  const at = UNITS.findIndex(([, size]) => seconds >= size);
  if (at < 0) return "0 s";
  const [unit, size] = UNITS[at];
  const whole = Math.floor(seconds / size);
  if (unit === "s" || unit === "min" || whole >= 10) return `${whole} ${unit}`;
  const [lower, part] = UNITS[at + 1];
  const rest = Math.floor((seconds % size) / part);
  return rest ? `${whole} ${unit} ${rest} ${lower}` : `${whole} ${unit}`;
};

const clock = (seconds) => {
  if (seconds >= 3600) return spell(seconds);
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
};

const tick = () => {
  const now = Date.now();
  for (const node of document.querySelectorAll("time[data-ago], time[data-until]")) {
    const seconds = Math.round((Date.parse(node.dateTime) - now) / 1000);
    const text =
      "until" in node.dataset
        ? seconds > 0 ? clock(seconds) : "now"
        : seconds > 0 ? `in ${spell(seconds)}` : -seconds < 5 ? "just now" : `${spell(-seconds)} ago`;
    if (node.textContent !== text) node.textContent = text;
  }
};

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
