// [data-tick-all] ticks every [data-tick] of its card, and says how many are ticked.

const ticksOf = (node) => [...node.closest(".o-card").querySelectorAll("[data-tick]")];

const count = (node) => {
  const ticks = ticksOf(node);
  const ticked = ticks.filter((tick) => tick.checked).length;
  const all = node.closest(".o-card").querySelector("[data-tick-all]");
  if (!all) return;
  all.checked = ticked > 0 && ticked === ticks.length;
  all.indeterminate = ticked > 0 && ticked < ticks.length;
  all.parentElement.querySelector("[data-tick-count]").textContent = ticked ? `${ticked} selected` : "Select all";
};

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-tick-all]")) for (const tick of ticksOf(target)) tick.checked = target.checked;
  if (target.matches("[data-tick-all], [data-tick]")) count(target);
});
