// The admin's tables of parts have headings in place of labels, and its pickers have none inside:
// both get the word that a person sees above or beside them.

const wordOf = (node) =>
  node.closest("td[data-label]")?.dataset.label ||
  node.closest(".field-line, .form-row, .field-row")?.querySelector("label")?.textContent.replace("*", "").trim() ||
  "Search";

const label = () => {
  for (const input of document.querySelectorAll("table.formset :is(input, select, textarea):not([type=hidden], [aria-label])"))
    input.setAttribute("aria-label", wordOf(input));
  for (const picker of document.querySelectorAll(".select2-container"))
    for (const part of picker.querySelectorAll("[role=combobox], [role=textbox], .select2-search__field"))
      part.setAttribute("aria-label", wordOf(picker));
};

label();
const page = document.querySelector("#content");
if (page) new MutationObserver(label).observe(page, { childList: true, subtree: true });
