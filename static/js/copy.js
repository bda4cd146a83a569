// @ts-check
// [data-copy="text"] or [data-copy-from="#element"]: copies, and says so in its label.
// The label inside [data-copy-label] (or the whole button) becomes "Copied" for two seconds.

const SHOWN_MS = 2000;
/** @type {WeakMap<Element, { text: string | null, timer: number }>} The labels of copied buttons. */
const labels = new WeakMap();

/**
 * @param {HTMLElement} button
 * @returns {string} What the button copies.
 */
const textOf = ({ dataset: { copy: text = "", copyFrom } }) => {
  const source = copyFrom ? document.querySelector(copyFrom) : null;
  if (source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement)
    return source.value.trim();
  return source?.textContent?.trim() ?? text;
};

/** @param {string} text */
const copy = async (text) => {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      return await navigator.clipboard.writeText(text);
    } catch {
      // Refused, by a policy or in a frame: the other way may still be open.
    }
  }
  // Without https the clipboard has no API: an invisible field does it.
  const field = Object.assign(document.createElement("textarea"), { value: text });
  field.setAttribute("readonly", "");
  field.className = "o-sr";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};

document.addEventListener("click", async (event) => {
  if (!(event.target instanceof Element)) return;
  /** @type {HTMLElement | null} */
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  event.preventDefault();
  await copy(textOf(button));
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = labels.get(label);
  const text = before ? before.text : label.textContent;
  clearTimeout(before?.timer);
  label.textContent = text === text?.toUpperCase() ? "COPIED" : "Copied";
  button.classList.add("is-done");
  const timer = window.setTimeout(() => {
    label.textContent = text;
    button.classList.remove("is-done");
    labels.delete(label);
  }, SHOWN_MS);
  labels.set(label, { text, timer });
});
