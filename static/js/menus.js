// A details.o-menu closes when something else is clicked, or with Escape.

const open = () => document.querySelectorAll("details.o-menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// form[data-autosubmit]: a chosen filter applies at once.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosubmit]") && !event.target.matches("[type=search], [type=text]"))
    form.requestSubmit();
});

// form[data-confirm="…"]: asks before what cannot be taken back.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

