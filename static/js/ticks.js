// [data-ticks]: a search over many check boxes; what is ticked stays in sight.

for (const box of document.querySelectorAll("[data-ticks]")) {
  box.querySelector("[data-ticks-search]")?.addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase().trim();
    for (const label of box.querySelectorAll("label")) {
      const isTicked = label.querySelector("input").checked;
      label.hidden = !isTicked && !label.textContent.toLowerCase().includes(wanted);
    }
  });
}
