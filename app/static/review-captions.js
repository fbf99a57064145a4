/* The captions on the review page: which of them the cuts in force take out, as the server says after every change, and
   whether a choice is still to be saved. Where none are left, staff say why. */

const form = document.getElementById("captions-choice");
const place = document.getElementById("captions-say");
const reason = document.getElementById("uncaptioned");
const rows = document.querySelectorAll("#captions li[data-place]");

/** Whether a choice was ticked that the server does not know yet. */
export function unsavedCaptions() {
  return form !== null && [...form.querySelectorAll('input[type="checkbox"]')].some((box) => box.checked !== box.defaultChecked);
}

export function whenCaptionsTicked(then) {
  form?.addEventListener("change", then);
}

/** Whether it is still to be said why no captions are published; asked only where none are. */
export function reasonMissing(state) {
  const part = document.getElementById("uncaptioned-part");
  if (part !== null) {
    part.hidden = !state.uncaptioned;
  }
  return state.uncaptioned && !reason?.value;
}

export function reasonGiven() {
  return reason?.value ? { uncaptioned: reason.value } : {};
}

export function whenReasonGiven(then) {
  reason?.addEventListener("change", then);
}

export function showCaptions(state) {
  if (place === null) {
    return;
  }
  if (place.textContent !== state.captions_say) {
    place.textContent = state.captions_say;
  }
  const gone = new Set(state.captions_gone);
  for (const row of rows) {
    const out = gone.has(Number(row.dataset.place));
    row.classList.toggle("gone", out);
    row.querySelector(".mark-gone").hidden = !out;
  }
}
