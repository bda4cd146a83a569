// @ts-check
// A details.o-menu closes when something else is clicked, or with Escape.

/** @returns {NodeListOf<HTMLDetailsElement>} */
const openMenus = () => document.querySelectorAll("details.o-menu[open]");

document.addEventListener("click", ({ target }) => {
  for (const menu of openMenus())
    if (!(target instanceof Node && menu.contains(target))) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

// form[data-autosubmit]: a chosen filter applies at once.
document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
  const isTyped = target.matches("[type=search], [type=text]");
  if (target.form?.matches("[data-autosubmit]") && !isTyped) target.form.requestSubmit();
});

// form[data-confirm="…"]: asks before what cannot be taken back.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
