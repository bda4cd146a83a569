// @ts-check
// Advanced Settings: the focus in lists of rows, and what becomes of the chosen message while one
// types. Rows are added, removed and moved by the server (htmx): it draws the list again.

/** @type {HTMLElement | null} */
const card = document.querySelector("#advanced");
const PAUSE_MS = 300;
const FIELD = "input:not([type=hidden]), textarea, select";

/**
 * What the server answers to a preview.
 * @typedef {object} Preview
 * @property {Record<string, string>} values The value of each part of the form, by its name.
 * @property {Record<string, string>} problems HTML of the problems, by the name of the part.
 * @property {string} verdict HTML above the message.
 * @property {string} tree HTML of the message.
 * @property {string} filters HTML: whether the filters accept the message.
 * @property {string} overrides
 * @property {string} groups
 * @property {string[]} says The sentences about delay and grouping.
 */

/** @typedef {HTMLInputElement | HTMLTextAreaElement} TextField */

// Rows -------------------------------------------------------------------------------------

/**
 * After a row button the focus is in the new row, in the row that follows a removed one, or on the
 * same button of a moved row.
 * @param {string} list The name of the list.
 * @param {string} action add, remove, up or down
 * @param {number} index The row that the button belonged to.
 */
const focusRow = (list, action, index) => {
  /** @type {HTMLElement | null} */
  const region = document.querySelector(`[data-rows="${CSS.escape(list)}"]`);
  if (!region) return;
  const rows = [...region.children].filter((node) => node.matches("[data-row]"));
  const place =
    { add: rows.length - 1, remove: index, up: index - 1, down: index + 1 }[action] ?? 0;
  const row = rows[Math.max(0, Math.min(place, rows.length - 1))];
  const isMove = action === "up" || action === "down";
  const wanted = isMove
    ? `button[value^="${action}:"]`
    : action === "add"
      ? FIELD
      : `${FIELD}, button`;
  /** @type {HTMLElement | null} */
  const target = row?.querySelector(wanted) ?? region.querySelector('button[value^="add:"]');
  target?.focus();
};

// Preview ----------------------------------------------------------------------------------

/** @returns {HTMLFormElement | null} The panel that was worked in last, else the first open one. */
const openForm = () =>
  card?.querySelector("details[open] form[data-live-panel].is-current") ??
  card?.querySelector("details[open] form[data-live-panel]") ??
  null;

/**
 * Draw HTML only where it differs, so that nothing flickers.
 * @param {Element | null | undefined} place
 * @param {string} html
 */
const drawHtml = (place, html) => {
  if (place && place.innerHTML !== html) place.innerHTML = html;
};

/**
 * @param {HTMLFormElement} form
 * @param {Preview} found
 */
const draw = (form, found) => {
  for (const place of form.querySelectorAll("[data-value]")) {
    const value = found.values[place.getAttribute("data-value") ?? ""] ?? "";
    const text = place.querySelector("[data-value-text]");
    if (text) text.textContent = value;
    place.classList.toggle("is-empty", !value);
  }
  for (const place of form.querySelectorAll("[data-problems]")) {
    const html = found.problems[place.getAttribute("data-problems") ?? ""] ?? "";
    drawHtml(place, html);
    place.closest("[data-field], [data-row]")?.classList.toggle("has-error", Boolean(html));
  }
  drawHtml(form.querySelector("[data-filters]"), found.filters);
  for (const [name, sentence] of Object.entries({
    overrides: found.overrides,
    groups: found.groups,
  })) {
    const place = form.querySelector(`[data-${name}]`);
    if (place) place.textContent = sentence;
  }
  const sentences = found.says.map((text) =>
    Object.assign(document.createElement("p"), { textContent: text }),
  );
  form.querySelector("[data-says] > div")?.replaceChildren(...sentences);
  drawHtml(card?.querySelector("[data-verdict]"), found.verdict);
  drawHtml(card?.querySelector("[data-tree]"), found.tree);
};

let timer = 0;
let asked = 0;

const preview = async () => {
  const form = openForm();
  if (!form || !card?.dataset.preview) return;
  const turn = ++asked;
  const answer = await fetch(card.dataset.preview, { method: "POST", body: new FormData(form) });
  if (answer.ok && turn === asked) draw(form, await answer.json());
};

const previewSoon = () => {
  clearTimeout(timer);
  timer = window.setTimeout(preview, PAUSE_MS);
};

/** @param {Element} node Anything in a panel, which is the current one from now on. */
const makeCurrent = (node) => {
  const form = node.closest("form[data-live-panel]");
  if (!form || form.classList.contains("is-current")) return;
  for (const other of card?.querySelectorAll("form.is-current") ?? [])
    other.classList.remove("is-current");
  form.classList.add("is-current");
};

/**
 * Keep a value in every panel: each of them is posted alone.
 * @param {string} name shown, event or pasted
 * @param {string} value
 */
const setInPanels = (name, value) => {
  /** @type {NodeListOf<TextField> | undefined} */
  const fields = card?.querySelectorAll(`[data-${name}]`);
  for (const field of fields ?? []) field.value = value;
};

// From the message into a field --------------------------------------------------------------

/** @type {TextField | null} */
let target = null;

/** @param {Element} node */
const makeTarget = (node) => {
  if (!node.matches("[data-path-field], [data-value-field]")) return;
  target?.classList.remove("is-target");
  target = /** @type {TextField} */ (node);
  target.classList.add("is-target");
};

/**
 * @param {string} text
 * @param {string} line
 */
const withLine = (text, line) => [...text.split("\n").filter((one) => one.trim()), line].join("\n");

/** @param {HTMLElement} button A value of the message: its path goes into the target. */
const insert = ({ dataset: { insert: path = "", insertValue: value } }) => {
  if (!target?.isConnected) return;
  if (target.matches("[data-value-field]")) {
    if (value === undefined) return;
    target.value = withLine(target.value, value);
  } else if (target.dataset.pathField === "line") {
    target.value = withLine(target.value, path);
  } else if (target.dataset.pathField !== "plain" && /[<\s]/.test(target.value.trim())) {
    target.setRangeText(`<${path}>`, target.selectionStart ?? 0, target.selectionEnd ?? 0, "end");
  } else {
    target.value = path;
  }
  target.dispatchEvent(new Event("input", { bubbles: true }));
  target.focus();
};

// Events -----------------------------------------------------------------------------------

/** @param {HTMLElement} root */
const listen = (root) => {
  /** @type {Set<Element>} Panels with changes that are not saved. */
  const dirty = new Set();

  root.addEventListener("focusin", ({ target: node }) => {
    if (!(node instanceof Element)) return;
    makeCurrent(node);
    makeTarget(node);
  });

  root.addEventListener("input", ({ target: node }) => {
    if (!(node instanceof Element)) return;
    const form = node.closest("form[data-live-panel]");
    const isPasted = node.matches("[data-paste]");
    if (form) dirty.add(form);
    if (isPasted) setInPanels("pasted", /** @type {TextField} */ (node).value);
    if (form || isPasted) previewSoon();
  });

  root.addEventListener("change", ({ target: node }) => {
    if (!(node instanceof HTMLSelectElement) || !node.matches("[data-choose]")) return;
    /** @type {HTMLElement | null} */
    const paste = root.querySelector("[data-paste]");
    if (paste) paste.hidden = node.value !== "pasted";
    if (paste && !paste.hidden) paste.focus();
    setInPanels("shown", node.value);
    setInPanels("event", "");
    previewSoon();
  });

  // A row that loses the focus gets smaller: a button that is pressed must not move away.
  root.addEventListener("mousedown", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-row-action]"))
      event.preventDefault();
  });

  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    if (button.dataset.insert !== undefined) insert(button);
    else if (button.dataset.showEvent !== undefined) {
      setInPanels("event", button.dataset.showEvent);
      preview();
    } else if (button.matches("[data-preview-button]")) {
      event.preventDefault();
      makeCurrent(button);
      previewSoon();
    }
  });

  root.addEventListener("htmx:afterSettle", (event) => {
    const { requestConfig } = /** @type {CustomEvent} */ (event).detail;
    const button = requestConfig?.elt;
    if (!(button instanceof HTMLButtonElement) || !button.matches("[data-row-action]")) return;
    const [action, name] = button.value.split(":");
    const [, list, index] = action === "add" ? ["", name, "0"] : (/^(.*)\.(\d+)$/.exec(name) ?? []);
    focusRow(list ?? "", action, Number(index));
    const form = root.querySelector("form[data-live-panel].is-current");
    if (form) dirty.add(form);
    previewSoon();
  });

  root.addEventListener(
    "toggle",
    ({ target: node }) => {
      if (!(node instanceof HTMLDetailsElement) || !node.open) return;
      const form = node.querySelector(":scope > div > form[data-live-panel]");
      if (!form) return;
      makeCurrent(form);
      preview();
    },
    true,
  );

  root.addEventListener("submit", ({ target: form }) => {
    if (form instanceof Element) dirty.delete(form);
  });

  window.addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });
};

if (card) listen(card);

// A link to a panel opens it.
const openLinked = () => {
  const panel = location.hash.startsWith("#panel-") ? document.querySelector(location.hash) : null;
  if (panel instanceof HTMLDetailsElement) panel.open = true;
};
window.addEventListener("hashchange", openLinked);
openLinked();
