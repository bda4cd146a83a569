// @ts-check
// A number alone in a field for a duration is minutes, and is shown so as soon as it is written.

document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || !("duration" in target.dataset)) return;
  const text = target.value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) target.value = `${text} min`;
});
