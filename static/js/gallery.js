// The gallery: search as you type, a category, and the arrow keys from card to card.

const area = document.querySelector("[data-gallery-area]");
const list = document.querySelector("[data-gallery]");
const search = document.querySelector("[data-gallery-search]");
const category = document.querySelector("[data-gallery-category]");
const empty = document.querySelector("[data-gallery-empty]");
const count = document.querySelector("[data-gallery-count]");
const recent = document.querySelector("[data-gallery-recent]");
const cards = [...list.children].map((item) => ({
  item,
  name: item.querySelector(".i-tool__name").textContent.toLowerCase(),
  words: item.dataset.words,
  category: item.dataset.category,
}));
const alphabetical = [...cards].sort((a, b) => a.name.localeCompare(b.name));

// First what is called so, then what has a word that begins so; views/gallery.py does the same.
const rank = (card, word) => {
  if (!word || card.name.startsWith(word)) return 0;
  return card.name.includes(` ${word}`) ? 1 : 2;
};

// Only what is shown is moved, and only where it stands in another order.
const arrange = (first) => {
  const ordered = alphabetical
    .filter((card) => !card.item.hidden)
    .map((card) => [rank(card, first), card.item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
  const drawn = [...list.children].filter((item) => !item.hidden);
  if (ordered.some((item, at) => item !== drawn[at])) list.append(...ordered);
};

const narrow = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let fits = 0;
  for (const card of cards) {
    const isRight = !category.value || card.category === category.value;
    card.item.hidden = !isRight || !words.every((word) => card.words.includes(word));
    fits += !card.item.hidden;
  }
  arrange(words[0] ?? "");
  count.textContent = fits;
  empty.hidden = fits > 0;
  if (recent) recent.hidden = words.length > 0 || category.value !== "";
};

const shown = (root) => [...root.querySelectorAll("a.i-tool")].filter((link) => !link.closest("[hidden]"));

// The nearest card in the next row, whatever list it is in.
const across = (links, from, direction) => {
  const here = from.getBoundingClientRect();
  const distance = (link) => {
    const there = link.getBoundingClientRect();
    const down = (there.top - here.top) * direction;
    return down > here.height / 2 ? down * 10 + Math.abs(there.left - here.left) : Infinity;
  };
  const [best] = links.map((link) => [distance(link), link]).sort(([a], [b]) => a - b);
  return best[0] === Infinity ? null : best[1];
};

search.addEventListener("input", narrow);
category.addEventListener("change", narrow);

document.querySelector("[data-gallery-form]").addEventListener("submit", (event) => {
  event.preventDefault();
  if (search.value.trim()) shown(list)[0]?.click();
});

search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") {
    event.preventDefault();
    shown(area)[0]?.focus();
  } else if (event.key === "Escape") {
    search.value = "";
    narrow();
  }
});

area.addEventListener("keydown", (event) => {
  const links = shown(area);
  const from = event.target.closest("a.i-tool");
  if (!from) return;
  const at = links.indexOf(from);
  const next = {
    ArrowRight: () => links[Math.min(at + 1, links.length - 1)],
    ArrowLeft: () => links[at - 1] ?? search,
    ArrowDown: () => across(links, from, 1) ?? from,
    ArrowUp: () => across(links, from, -1) ?? search,
    Home: () => links[0],
    End: () => links.at(-1),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  next().focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  search.focus();
});

narrow();
if (matchMedia("(hover: hover)").matches) search.focus({ preventScroll: true });
