// @ts-check
// The gallery: search as you type, a category, and the arrow keys from card to card.

/**
 * @template {HTMLElement} T
 * @param {string} name Of the data attribute.
 * @returns {T} The part of the page that has it.
 */
const part = (name) => /** @type {T} */ (document.querySelector(`[data-gallery${name}]`));

/** @typedef {{ item: HTMLElement, name: string, words: string, category: string }} Card */

/** @type {HTMLElement} */
const area = part("-area");
/** @type {HTMLUListElement} */
const list = part("");
/** @type {HTMLInputElement} */
const search = part("-search");
/** @type {HTMLSelectElement} */
const category = part("-category");
/** @type {HTMLElement} */
const empty = part("-empty");
/** @type {HTMLElement} */
const count = part("-count");
/** @type {HTMLElement | null} */
const recent = part("-recent");

const items = /** @type {HTMLElement[]} */ ([...list.children]);
/** @type {Card[]} */
const cards = items.map((item) => ({
  item,
  name: item.querySelector(".gallery__tool-name")?.textContent?.toLowerCase() ?? "",
  words: item.dataset.words ?? "",
  category: item.dataset.category ?? "",
}));
const alphabetical = [...cards].sort((a, b) => a.name.localeCompare(b.name));

/**
 * 0 for names that start with the word, 1 for words of the name; as in catalog/gallery.py.
 * @param {Card} card
 * @param {string} word
 */
const rank = (card, word) => {
  if (!word || card.name.startsWith(word)) return 0;
  return card.name.includes(` ${word}`) ? 1 : 2;
};

/**
 * Only what is shown is moved, and only where it stands in another order.
 * @param {string} word The first word of the search.
 */
const arrange = (word) => {
  const shown = alphabetical.filter((card) => !card.item.hidden);
  const ordered = shown.sort((a, b) => rank(a, word) - rank(b, word)).map((card) => card.item);
  const drawn = /** @type {HTMLElement[]} */ ([...list.children]).filter((item) => !item.hidden);
  if (ordered.some((item, at) => item !== drawn[at])) list.append(...ordered);
};

const narrow = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const card of cards) {
    const isInCategory = !category.value || card.category === category.value;
    card.item.hidden = !isInCategory || !words.every((word) => card.words.includes(word));
    found += Number(!card.item.hidden);
  }
  arrange(words[0] ?? "");
  count.textContent = String(found);
  empty.hidden = found > 0;
  if (recent) recent.hidden = words.length > 0 || category.value !== "";
};

/**
 * @param {Element} root
 * @returns {HTMLAnchorElement[]} The links of the cards that are shown.
 */
const linksIn = (root) => {
  const links = /** @type {HTMLAnchorElement[]} */ ([...root.querySelectorAll("a.gallery__tool")]);
  return links.filter((link) => !link.closest("[hidden]"));
};

/**
 * @param {HTMLAnchorElement[]} links
 * @param {Element} from
 * @param {1 | -1} direction 1 down, -1 up
 * @returns {HTMLElement | null} The nearest card in the next row, whatever list it is in.
 */
const across = (links, from, direction) => {
  const here = from.getBoundingClientRect();
  let nearest = Infinity;
  let best = null;
  for (const link of links) {
    const there = link.getBoundingClientRect();
    const down = (there.top - here.top) * direction;
    const distance =
      down > here.height / 2 ? down * 10 + Math.abs(there.left - here.left) : Infinity;
    if (distance < nearest) [nearest, best] = [distance, link];
  }
  return best;
};

search.addEventListener("input", narrow);
category.addEventListener("change", narrow);

part("-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (search.value.trim()) linksIn(list)[0]?.click();
});

search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") {
    event.preventDefault();
    linksIn(area)[0]?.focus();
  } else if (event.key === "Escape") {
    search.value = "";
    narrow();
  }
});

area.addEventListener("keydown", (event) => {
  const links = linksIn(area);
  /** @type {HTMLAnchorElement | null} */
  const from = event.target instanceof Element ? event.target.closest("a.gallery__tool") : null;
  if (!from) return;
  const at = links.indexOf(from);
  /** @type {Record<string, () => HTMLElement | undefined>} */
  const targets = {
    ArrowRight: () => links[Math.min(at + 1, links.length - 1)],
    ArrowLeft: () => links[at - 1] ?? search,
    ArrowDown: () => across(links, from, 1) ?? from,
    ArrowUp: () => across(links, from, -1) ?? search,
    Home: () => links[0],
    End: () => links.at(-1),
  };
  const next = targets[event.key];
  if (!next) return;
  event.preventDefault();
  next()?.focus();
});

document.addEventListener("keydown", (event) => {
  const isTyping =
    event.target instanceof Element && event.target.closest("input, textarea, select");
  if (event.key !== "/" || isTyping) return;
  event.preventDefault();
  search.focus();
});

narrow();
if (matchMedia("(hover: hover)").matches) search.focus({ preventScroll: true });
