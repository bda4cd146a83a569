// @ts-check
// A page with several forms, each with its own button: the browser asks before one that is sent, or
// a link, throws away what was typed in another.

/** @type {Set<HTMLFormElement>} Forms with changes that are not saved. */
const unsaved = new Set();

document.addEventListener("input", ({ target }) => {
  const form = target instanceof Element ? target.closest("form.o-form") : null;
  if (form instanceof HTMLFormElement && form.method === "post") unsaved.add(form);
});

document.addEventListener("submit", ({ target }) => {
  if (target instanceof HTMLFormElement) unsaved.delete(target);
});

window.addEventListener("beforeunload", (event) => {
  if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
});
