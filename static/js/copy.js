// [data-copy="text"] or [data-copy-from="#element"]: copies, and says so in its label.
// The label inside [data-copy-label] (or the whole button) becomes data-copied for two seconds.

const textOf = (button) => {
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  return source ? (source.value ?? source.textContent).trim() : button.dataset.copy;
};

const copy = async (text) => {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      return await navigator.clipboard.writeText(text);
    } catch {
      // Refused, by a policy or in a frame: the other way may still be open.
    }
  }
  // Without https the clipboard has no API: an invisible field does it.
  const field = Object.assign(document.createElement("textarea"), { value: text });
  field.setAttribute("readonly", "");
  field.className = "o-sr";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  event.preventDefault();
  await copy(textOf(button));
  const label = button.querySelector("[data-copy-label]") ?? button;
  label.dataset.before ??= label.textContent;
  label.textContent = button.dataset.copied ?? "COPIED";
  button.classList.add("is-done");
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    label.textContent = label.dataset.before;
    button.classList.remove("is-done");
  }, 2000);
});
