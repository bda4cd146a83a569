// @ts-check
// [data-tick-all] ticks every [data-tick] of its card, and says how many are ticked.

/**
 * @param {Element} node
 * @returns {HTMLInputElement[]} The check boxes of the card that the node is in.
 */
const ticksOf = (node) => {
  /** @type {NodeListOf<HTMLInputElement> | undefined} */
  const found = node.closest(".o-card")?.querySelectorAll("input[data-tick]");
  return [...(found ?? [])];
};

/** @param {Element} node Any check box of the card. */
const count = (node) => {
  const ticks = ticksOf(node);
  const ticked = ticks.filter((tick) => tick.checked).length;
  const all = node.closest(".o-card")?.querySelector("input[data-tick-all]");
  if (!(all instanceof HTMLInputElement)) return;
  all.checked = ticked > 0 && ticked === ticks.length;
  all.indeterminate = ticked > 0 && ticked < ticks.length;
  const label = all.parentElement?.querySelector("[data-tick-count]");
  if (label) label.textContent = ticked ? `${ticked} selected` : "Select all shown";
};

document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement)) return;
  if (target.matches("[data-tick-all]"))
    for (const tick of ticksOf(target)) tick.checked = target.checked;
  if (target.matches("[data-tick-all], [data-tick]")) count(target);
});
