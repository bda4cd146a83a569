// @ts-check
// [data-ring]: the people of a layer are dragged to another place by their grip. Dropping presses a
// button of the form that the server knows (move:layer:from:to), as the arrows beside them do.

/**
 * @param {HTMLFormElement} form
 * @param {string} value
 */
const press = (form, value) => {
  const button = document.createElement("button");
  button.name = "do";
  button.value = value;
  button.hidden = true;
  form.append(button);
  form.requestSubmit(button);
};

/**
 * @param {Element} row The one that is dragged.
 * @param {PointerEvent} event
 */
const drag = (row, event) => {
  const rows = [...(row.parentElement?.children ?? [])];
  /** @type {Element | undefined} */
  let place;
  event.preventDefault();
  row.classList.add("is-dragged");

  /** @param {PointerEvent} move */
  const follow = (move) => {
    place?.classList.remove("is-place");
    place = rows.find((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return one !== row && move.clientY >= top && move.clientY <= bottom;
    });
    place?.classList.add("is-place");
  };
  const finish = () => {
    document.removeEventListener("pointermove", follow);
    row.classList.remove("is-dragged");
    const layer = row.closest("[data-ring]")?.getAttribute("data-ring");
    const form = row.closest("form");
    if (place && form) press(form, `move:${layer}:${rows.indexOf(row)}:${rows.indexOf(place)}`);
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", finish, { once: true });
};

for (const row of document.querySelectorAll("[data-ring] li")) {
  const grip = row.querySelector(".layer__grip");
  if (grip instanceof HTMLElement) {
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => drag(row, event));
  }
}
