/* Single keys for the review page, shown with "?". None fires while somebody types, and all of them can be switched off. */

const KEY = "storyshelf-keys-off";

const help = document.getElementById("keys");
const on = document.getElementById("keys-on");

/** Gets ready; `deeds` are what keys do, by the names that the help gives them. */
export function wireKeys(deeds) {
  on.checked = localStorage.getItem(KEY) === null;
  on.addEventListener("change", () => (on.checked ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, "1")));
  document.getElementById("keys-open").addEventListener("click", () => help.showModal());
  const byKey = new Map();
  for (const row of help.querySelectorAll("[data-deed]")) {
    row.dataset.keys.split(" ").forEach((key) => byKey.set(key, deeds[row.dataset.deed]));
  }
  document.addEventListener("keydown", (event) => press(event, byKey));
}

function press(event, byKey) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.open) {
    return;
  }
  if (event.key === "?" && !isTyping(event.target)) {
    help.showModal(); // also when the others are off: here they are switched on again
    event.preventDefault();
    return;
  }
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const deed = byKey.get(event.shiftKey && event.key.length === 1 && /[a-z]/i.test(event.key) ? `Shift+${key}` : key);
  if (!on.checked || !deed || isTyping(event.target) || isTheirs(event)) {
    return;
  }
  event.preventDefault();
  deed();
}

function isTyping(target) {
  return target.matches('input:not([type="checkbox"], [type="radio"], [type="file"]), textarea, select, [contenteditable]');
}

/** Space and Enter press what has the focus, and the arrow keys belong to some controls. */
function isTheirs({ key, target }) {
  const pressed = [" ", "Enter"].includes(key) && target.matches("button, a, input, summary, [role=slider]");
  return pressed || (key.startsWith("Arrow") && target.matches('input, video, .picture, [role="slider"], #drawing'));
}
