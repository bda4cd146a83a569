// The gallery: search as you type, a category, and the arrow keys from card to card.

const list = document.querySelector("[data-gallery]");
const search = document.querySelector("[data-gallery-search]");
const category = document.querySelector("[data-gallery-category]");
const empty = document.querySelector("[data-gallery-empty]");
const count = document.querySelector("[data-gallery-count]");
const cards = [...list.children];

const shown = () => cards.filter((card) => !card.hidden).map((card) => card.firstElementChild);

const narrow = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let fits = 0;
  for (const card of cards) {
    const isRight = !category.value || card.dataset.category === category.value;
    card.hidden = !isRight || !words.every((word) => card.dataset.words.includes(word));
    fits += !card.hidden;
  }
  count.textContent = fits;
  empty.hidden = fits > 0;
};

const columns = () => getComputedStyle(list).gridTemplateColumns.split(" ").length;

const steps = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: columns,
  ArrowUp: () => -columns(),
};

search.addEventListener("input", narrow);
category.addEventListener("change", narrow);

document.querySelector("[data-gallery-form]").addEventListener("submit", (event) => {
  event.preventDefault();
  if (search.value.trim()) shown()[0]?.click();
});

search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") {
    event.preventDefault();
    shown()[0]?.focus();
  } else if (event.key === "Escape") {
    search.value = "";
    narrow();
  }
});

list.addEventListener("keydown", (event) => {
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const links = shown();
  const next = links.indexOf(document.activeElement) + step();
  if (next < 0) search.focus();
  else links[Math.min(next, links.length - 1)].focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  search.focus();
});

narrow();
if (matchMedia("(hover: hover)").matches) search.focus({ preventScroll: true });
