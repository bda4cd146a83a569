// Advanced Settings: rows more or fewer, and what becomes of the chosen message while one types.

const card = document.querySelector("#advanced");
const pane = card?.querySelector("[data-message]");
const PAUSE_MS = 300;

// Rows -------------------------------------------------------------------------------------

const rowsOf = (list) => [...list.children].filter((node) => node.matches("[data-row]"));

const rename = (root, from, to) => {
  const swap = (node) => {
    for (const { name, value } of [...node.attributes])
      if (value.includes(from)) node.setAttribute(name, value.replaceAll(from, to));
  };
  if (root.nodeType === Node.ELEMENT_NODE) swap(root);
  for (const node of root.querySelectorAll("*")) {
    swap(node);
    if (node.localName === "template") rename(node.content, from, to);
  }
};

// Names carry places, and the server reads rows in the order of their places.
const number = (list) => {
  const name = list.dataset.rows;
  rowsOf(list).forEach((row, place) => {
    const wanted = `${name}.${place}`;
    // By way of a name that nothing else has, so that no two rows are taken for one another.
    if (row.dataset.row !== wanted) rename(row, row.dataset.row, `${name}.~${place}`);
  });
  rowsOf(list).forEach((row, place) => {
    if (row.dataset.row === `${name}.~${place}`) rename(row, `${name}.~${place}`, `${name}.${place}`);
  });
};

const clear = (row) => {
  for (const field of row.querySelectorAll("input, textarea")) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
    field.placeholder = " ";
  }
  for (const details of row.querySelectorAll("details")) details.open = false;
};

const add = (button) => {
  const list = button.closest("[data-rows]");
  const template = [...list.children].find((node) => node.localName === "template");
  const rows = rowsOf(list);
  const name = list.dataset.rows;
  let row;
  if (template) {
    row = template.content.cloneNode(true).querySelector("[data-row]");
    rename(row, `${name}.__n__`, `${name}.${rows.length}`);
  } else {
    const last = rows.at(-1);
    row = last.cloneNode(true);
    rename(row, last.dataset.row, `${name}.${rows.length}`);
    if (row.querySelector("input[type=hidden]")) return false;
    clear(row);
  }
  (template ?? button).before(row);
  row.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  return true;
};

const remove = (button) => {
  const row = button.closest("[data-row]");
  const list = row.parentElement;
  const isOption = row.matches(".a-option");
  const next = row.nextElementSibling;
  // The last option stays as an empty line to write into.
  if (isOption && rowsOf(list).length === 1 && !row.querySelector("input[type=hidden]")) clear(row);
  else row.remove();
  number(list);
  (next?.querySelector("input:not([type=hidden]), textarea, button") ?? list.querySelector("[data-add]"))?.focus();
};

const move = (button) => {
  const row = button.closest("[data-row]");
  const rows = rowsOf(row.parentElement);
  const place = rows.indexOf(row);
  if (button.dataset.move === "up" && place > 0) rows[place - 1].before(row);
  if (button.dataset.move === "down" && place < rows.length - 1) rows[place + 1].after(row);
  number(row.parentElement);
  button.focus();
};

// Trying -----------------------------------------------------------------------------------

const openForm = () => card.querySelector("details[open] form[data-live-panel].is-current")
  ?? card.querySelector("details[open] form[data-live-panel]");

let timer, asked = 0;

const draw = (form, found) => {
  for (const place of form.querySelectorAll("[data-value]")) {
    const value = found.values[place.dataset.value] ?? "";
    place.querySelector("[data-value-text]").textContent = value;
    place.classList.toggle("is-empty", !value);
  }
  for (const place of form.querySelectorAll("[data-problems]")) {
    const html = found.problems[place.dataset.problems] ?? "";
    if (place.innerHTML !== html) place.innerHTML = html;
    place.closest("[data-field], [data-row]")?.classList.toggle("has-error", Boolean(html));
  }
  const filters = form.querySelector("[data-filters]");
  if (filters) filters.innerHTML = found.filters;
  for (const name of ["overrides", "groups"]) {
    const place = form.querySelector(`[data-${name}]`);
    if (place) place.textContent = found[name];
  }
  const says = form.querySelector("[data-says] > div");
  says?.replaceChildren(...found.says.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  const verdict = pane.querySelector("[data-verdict]");
  if (verdict.innerHTML !== found.verdict) verdict.innerHTML = found.verdict;
  const tree = pane.querySelector("[data-tree]");
  if (tree.innerHTML !== found.tree) tree.innerHTML = found.tree;
};

const attempt = async () => {
  const form = openForm();
  if (!form) return;
  const turn = ++asked;
  const answer = await fetch(card.dataset.try, { method: "POST", body: new FormData(form) });
  if (!answer.ok || turn !== asked) return;
  draw(form, await answer.json());
};

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(attempt, PAUSE_MS);
};

const current = (node) => {
  const form = node.closest?.("form[data-live-panel]");
  if (!form || form.classList.contains("is-current")) return;
  for (const other of card.querySelectorAll("form.is-current")) other.classList.remove("is-current");
  form.classList.add("is-current");
};

const tell = (name, value) => {
  for (const field of card.querySelectorAll(`[data-${name}]`)) field.value = value;
};

// From the message into a field --------------------------------------------------------------

let target;

const insert = (button) => {
  if (!target?.isConnected) return;
  const path = button.dataset.insert, value = button.dataset.insertValue;
  if (target.matches("[data-value-field]")) {
    if (value === undefined) return;
    target.value = [...target.value.split("\n").filter((line) => line.trim()), value].join("\n");
  } else if (target.dataset.pathField === "line") {
    target.value = [...target.value.split("\n").filter((line) => line.trim()), path].join("\n");
  } else if (target.dataset.pathField !== "plain" && /[<\s]/.test(target.value.trim())) {
    target.setRangeText(`<${path}>`, target.selectionStart, target.selectionEnd, "end");
  } else {
    target.value = path;
  }
  target.dispatchEvent(new Event("input", { bubbles: true }));
  target.focus();
};

// Events -----------------------------------------------------------------------------------

if (card) {
  const dirty = new Set();

  card.addEventListener("focusin", ({ target: node }) => {
    current(node);
    if (!node.matches("[data-path-field], [data-value-field]")) return;
    target?.classList.remove("is-target");
    target = node;
    target.classList.add("is-target");
  });

  card.addEventListener("input", ({ target: node }) => {
    const form = node.closest("form[data-live-panel]");
    if (form) dirty.add(form);
    if (node.matches("[data-paste]")) tell("pasted", node.value);
    if (form || node.matches("[data-paste]")) soon();
  });

  card.addEventListener("change", ({ target: node }) => {
    if (!node.matches("[data-choose]")) return;
    const isPasted = node.value === "pasted";
    pane.querySelector("[data-paste]").hidden = !isPasted;
    if (isPasted) pane.querySelector("[data-paste]").focus();
    tell("shown", node.value);
    tell("event", "");
    soon();
  });

  card.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.insert !== undefined) return insert(button);
    if (button.dataset.showEvent !== undefined) {
      tell("event", button.dataset.showEvent);
      return attempt();
    }
    const isDone =
      button.matches("[data-add]") ? add(button)
      : button.matches("[data-remove]") ? (remove(button), true)
      : button.matches("[data-move]") ? (move(button), true)
      : button.matches("[data-preview]") ? true
      : false;
    if (!isDone) return;
    event.preventDefault();
    const form = button.closest("form");
    if (form && !button.matches("[data-preview]")) dirty.add(form);
    if (form) current(form);
    soon();
  });

  card.addEventListener("toggle", (event) => {
    const form = event.target.open && event.target.querySelector(":scope > div > form[data-live-panel]");
    if (form) {
      current(form);
      attempt();
    }
  }, true);

  card.addEventListener("submit", ({ target: form }) => dirty.delete(form));

  window.addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });
}

// A link to a panel opens it.
const openLinked = () => {
  const panel = location.hash.startsWith("#panel-") && document.querySelector(location.hash);
  if (panel) panel.open = true;
};
window.addEventListener("hashchange", openLinked);
openLinked();
