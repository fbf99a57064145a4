/* Whether something was typed into "What families read" that is not saved yet: no script may throw that away. */

let typed = false;
const form = document.getElementById("details");

if (form) {
  form.addEventListener("input", () => {
    typed = true;
    form.dispatchEvent(new Event("unsaved"));
  });
}

/** Whether there is. */
export function unsaved() {
  return typed;
}

/** Calls `then` whenever something is typed. */
export function whenTyped(then) {
  form?.addEventListener("unsaved", then);
}
