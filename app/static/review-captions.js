/* The captions on the review page: which of them the cuts in force take out. The server says so after every change. */

const place = document.getElementById("captions-say");
const rows = document.querySelectorAll("#captions li[data-place]");

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
