// @ts-check
// [data-timeline="<start> <end>"]: a row of shifts, in seconds since 1970. Arrows go from shift to
// shift, Home and End to the first and last, Page Up and Down a week, up and down to another row.
// With data-override a time is marked by dragging, or by Shift and an arrow (30 minutes; with
// Control 15 minutes, with Alt a day); Enter, or letting go, opens the form at that address with
// the marked time, Escape lets it be. An override with data-edges="<address> <start> <end>" is
// changed so: its edges are dragged, or S or E on it takes its start or end, which Shift and an arrow
// then move. Without this script each shift is a link, and the forms are too.

const HALF_HOUR_S = 1800;
const QUARTER_S = 900;
const DAY_S = 86400;
const MIN_DRAG_PX = 6;
const EDGE_PX = 8;
const says = document.querySelector("[data-timeline-says]");
/** @type {HTMLElement[]} */
const rows = [...document.querySelectorAll("[data-timeline]")].filter(
  (row) => row instanceof HTMLElement,
);
/** @typedef {{row: HTMLElement, from: number, to: number, element: HTMLElement, address: string}} Mark */
/** @type {Mark | null} */
let mark = null;

/** @param {HTMLElement} row @returns {[number, number]} */
const spanOf = (row) => {
  const [start, end] = (row.dataset.timeline ?? "0 1").split(" ").map(Number);
  return [start, end];
};

/** @param {Element} row @returns {HTMLAnchorElement[]} */
const shiftsOf = (row) =>
  [...row.querySelectorAll("a[data-at]")].map((one) => /** @type {HTMLAnchorElement} */ (one));

/** @param {HTMLElement} shift */
const startOf = (shift) => Number(shift.dataset.at);

/** @param {HTMLElement} row @param {number} instant */
const spell = (row, instant) =>
  new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    month: "short",
    timeZone: row.dataset.zone,
    weekday: "short",
  }).format(instant * 1000);

/**
 * The form of an override's times, the edge that stays, and the one that is moved.
 * @param {HTMLAnchorElement} shift @param {boolean} isStart @returns {[string, number, number]}
 */
const edgeOf = (shift, isStart) => {
  const [address, ...times] = (shift.dataset.edges ?? "").split(" ");
  const [start, end] = times.map(Number);
  return isStart ? [address, end, start] : [address, start, end];
};

const clear = () => {
  mark?.element.remove();
  if (mark && says) says.textContent = "";
  mark = null;
};

/**
 * @param {HTMLElement} row
 * @param {number} from
 * @param {number} to Either may be the earlier one.
 * @param {string} [address] Of the form that the marked time is for.
 */
const show = (row, from, to, address = row.dataset.override ?? "") => {
  const [start, end] = spanOf(row);
  const limit = (/** @type {number} */ at) => Math.min(Math.max(at, start), end);
  if (mark?.row !== row) clear();
  const element = mark?.element ?? document.createElement("li");
  mark = { row, from, to: limit(to), element, address };
  const [first, last] = [mark.from, mark.to].sort((a, b) => a - b);
  element.className = "timeline__mark";
  element.setAttribute("aria-hidden", "true");
  element.style.setProperty("--from", String((limit(first) - start) / (end - start)));
  element.style.setProperty("--to", String((limit(last) - start) / (end - start)));
  row.append(element);
  const text = `${spell(row, first)} – ${spell(row, last)}`;
  const label = document.createElement("span");
  label.textContent = text;
  element.replaceChildren(label);
  if (says) says.textContent = `Marked: ${text}. Enter opens the override, Escape lets it be.`;
};

const open = () => {
  if (!mark || mark.from === mark.to) return;
  const [first, last] = [mark.from, mark.to].sort((a, b) => a - b);
  location.assign(`${mark.address}?at=${first}&until=${last}`);
};

/** @param {HTMLElement | undefined} shift */
const focus = (shift) => {
  const row = shift?.closest("[data-timeline]");
  if (!shift || !row) return;
  for (const one of shiftsOf(row)) one.tabIndex = one === shift ? 0 : -1;
  shift.focus();
};

/** @param {HTMLElement} row @param {number} instant The shift that holds it. */
const shiftAt = (row, instant) =>
  shiftsOf(row).findLast((one) => startOf(one) <= instant) ?? shiftsOf(row)[0];

/** @param {HTMLElement} row @param {HTMLAnchorElement} shift @param {KeyboardEvent} event */
const extend = (row, shift, event) => {
  const step = event.altKey ? DAY_S : event.ctrlKey ? QUARTER_S : HALF_HOUR_S;
  const from = mark?.row === row ? mark.from : startOf(shift);
  const to = mark?.row === row ? mark.to : from;
  const address = mark?.row === row ? mark.address : undefined;
  show(row, from, to + (event.key === "ArrowRight" ? step : -step), address);
};

/** @param {HTMLElement} row @param {HTMLAnchorElement} shift @param {boolean} isStart */
const grip = (row, shift, isStart) => {
  const [address, stays, moves] = edgeOf(shift, isStart);
  show(row, stays, moves, address);
};

/** @param {HTMLElement} row @param {HTMLAnchorElement} shift @param {string} key */
const neighbour = (row, shift, key) => {
  const all = shiftsOf(row);
  const place = all.indexOf(shift);
  const above = rows[rows.indexOf(row) - 1];
  const below = rows[rows.indexOf(row) + 1];
  switch (key) {
    case "ArrowRight":
      return all[place + 1];
    case "ArrowLeft":
      return all[place - 1];
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
    case "PageDown":
      return shiftAt(row, startOf(shift) + 7 * DAY_S);
    case "PageUp":
      return shiftAt(row, startOf(shift) - 7 * DAY_S);
    case "ArrowUp":
      return above && shiftAt(above, startOf(shift));
    case "ArrowDown":
      return below && shiftAt(below, startOf(shift));
    default:
      return undefined;
  }
};

/** @param {KeyboardEvent} event */
const press = (event) => {
  const row = /** @type {HTMLElement} */ (event.currentTarget);
  const shift = event.target instanceof Element ? event.target.closest("a[data-at]") : null;
  if (!(shift instanceof HTMLAnchorElement)) return;
  const isSideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
  if (event.shiftKey && isSideways && row.dataset.override) {
    event.preventDefault();
    extend(row, shift, event);
  } else if (event.key === "Enter" && mark?.row === row) {
    event.preventDefault();
    open();
  } else if (event.key === "Escape") {
    clear();
  } else if (shift.dataset.edges && (event.key === "s" || event.key === "e")) {
    event.preventDefault();
    grip(row, shift, event.key === "s");
  } else if (!event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey) {
    const next = neighbour(row, shift, event.key);
    if (!next) return;
    event.preventDefault();
    clear();
    focus(next);
  }
};

/**
 * The form and the edge that stays, where the pointer is on an edge of an override.
 * @param {PointerEvent} event
 */
const grabbed = ({ target, clientX }) => {
  const shift = target instanceof Element ? target.closest("a[data-edges]") : null;
  if (!(shift instanceof HTMLAnchorElement)) return null;
  const { left, right } = shift.getBoundingClientRect();
  const isStart = clientX - left < EDGE_PX;
  return isStart || right - clientX < EDGE_PX ? edgeOf(shift, isStart) : null;
};

/** @param {PointerEvent} event */
const begin = (event) => {
  const row = /** @type {HTMLElement} */ (event.currentTarget);
  if (event.button !== 0 || event.pointerType === "touch") return;
  const { left, width } = row.getBoundingClientRect();
  const [start, end] = spanOf(row);
  const instantOf = (/** @type {number} */ x) =>
    Math.round((start + ((x - left) / width) * (end - start)) / HALF_HOUR_S) * HALF_HOUR_S;
  const [address, from] = grabbed(event) ?? [row.dataset.override, instantOf(event.clientX)];
  let isDragged = false;
  /** @param {PointerEvent} move */
  const follow = (move) => {
    isDragged ||= Math.abs(move.clientX - event.clientX) > MIN_DRAG_PX;
    if (isDragged) show(row, from, instantOf(move.clientX), address);
  };
  const finish = () => {
    document.removeEventListener("pointermove", follow);
    if (!isDragged) return;
    // The click on the shift below the pointer is no wish to open it.
    row.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
    open();
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", finish, { once: true });
};

for (const row of rows) {
  shiftsOf(row).forEach((shift, place) => {
    shift.tabIndex = place === 0 ? 0 : -1;
    shift.draggable = false;
  });
  row.addEventListener("keydown", press);
  row.addEventListener("focusin", ({ target }) => {
    for (const one of shiftsOf(row)) one.tabIndex = one === target ? 0 : -1;
  });
  if (row.dataset.override) row.addEventListener("pointerdown", begin);
}
