// @ts-check
// The admin's tables of parts have headings in place of labels, and its pickers have none inside:
// both get the word that a person sees above or beside them.

const INPUTS = ":is(input, select, textarea):not([type=hidden], [aria-label])";
const PICKER_PARTS = "[role=combobox], [role=textbox], .select2-search__field";
const LINES = ".field-line, .form-row, .field-row";

/**
 * @param {Element} node
 * @returns {string} The heading of its column, the label of its line, or "Search".
 */
const wordOf = (node) =>
  node.closest("td[data-label]")?.getAttribute("data-label") ||
  node.closest(LINES)?.querySelector("label")?.textContent?.replace("*", "").trim() ||
  "Search";

const label = () => {
  for (const input of document.querySelectorAll(`table.formset ${INPUTS}`))
    input.setAttribute("aria-label", wordOf(input));
  for (const picker of document.querySelectorAll(".select2-container"))
    for (const part of picker.querySelectorAll(PICKER_PARTS))
      part.setAttribute("aria-label", wordOf(picker));
};

label();
const page = document.querySelector("#content");
if (page) new MutationObserver(label).observe(page, { childList: true, subtree: true });
