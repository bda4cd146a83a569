// @ts-check
// [data-ticks]: a search over many check boxes; what is ticked stays in sight.

/**
 * @param {Element} box
 * @param {string} text What is typed: labels without it are hidden.
 */
const narrow = (box, text) => {
  for (const label of box.querySelectorAll("label")) {
    const isTicked = label.querySelector("input")?.checked ?? false;
    label.hidden = !isTicked && !label.textContent?.toLowerCase().includes(text);
  }
};

for (const box of document.querySelectorAll("[data-ticks]")) {
  box.querySelector("[data-ticks-search]")?.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement) narrow(box, target.value.toLowerCase().trim());
  });
}
