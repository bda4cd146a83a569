// @ts-check
// time[data-ago] and time[data-until] tell how long, and go on telling while the page is open.

/** @type {[string, number][]} A unit and its length in seconds. */
const UNITS = [
  ["d", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];
const JUST_NOW_S = 5;

/**
 * @param {number} seconds
 * @returns {string} 5 min, 2 h 30 min, 3 d 4 h
 */
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

/**
 * @param {number} seconds Until then.
 * @returns {string} 4:59, or 2 h 30 min
 */
const countdown = (seconds) => {
  if (seconds <= 0) return "now";
  if (seconds >= 3600) return spell(seconds);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/**
 * @param {number} seconds Until then; negative for the past.
 * @returns {string} in 5 min, just now, 2 h ago
 */
const distance = (seconds) => {
  if (seconds > 0) return `in ${spell(seconds)}`;
  return -seconds < JUST_NOW_S ? "just now" : `${spell(-seconds)} ago`;
};

const tick = () => {
  const now = Date.now();
  /** @type {NodeListOf<HTMLTimeElement>} */
  const times = document.querySelectorAll("time[data-ago], time[data-until]");
  for (const time of times) {
    const seconds = Math.round((Date.parse(time.dateTime) - now) / 1000);
    const text = "until" in time.dataset ? countdown(seconds) : distance(seconds);
    if (time.textContent !== text) time.textContent = text;
  }
};

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
