/* The caption of the moment that the player shows, to be put right beside it. While somebody writes, it stays where it is. */

import { ask } from "./asking.js";
import { playFrom, whenMoved } from "./review-player.js";
import { complain } from "./review-trouble.js";

const STILL = 0.1; // seconds that a player which stands still may seem to move

const part = document.getElementById("caption-part");
const at = document.getElementById("caption-at");
const text = document.getElementById("caption-text");
const save = document.getElementById("caption-save");
const back = document.getElementById("caption-back");
const leave = document.getElementById("caption-leave");
const says = document.getElementById("caption-says");
const bound = document.querySelector('#captions-choice input[name="said"]'); // what places in the list are bound to

const cues = [...document.querySelectorAll("#captions li[data-place]")].map((row) => ({
  row,
  start: Number(row.dataset.start),
  end: Number(row.dataset.end),
  words: row.querySelector(".words-said"),
}));

let shown = null; // the cue that stands beside the player
let saving = false;
let now = null; // the moment that the player shows
let still = -1; // the same when something was saved last: as long as it stays there, so does the caption
let hooks = null; // what to call: see wireSaid

/** Gets ready. `changed(texts)` hears the digest of the words after a change, `typed()` that somebody writes. */
export function wireSaid(changed, typed) {
  if (cues.length === 0) {
    return;
  }
  hooks = { changed, typed };
  part.hidden = false;
  cues.forEach(offerToPlay);
  whenMoved(follow);
  text.addEventListener("input", () => {
    dress();
    hooks.typed();
  });
  save.addEventListener("click", () => send(text.value));
  back.addEventListener("click", () => send(null));
  leave.addEventListener("click", () => {
    text.value = shown.words.textContent;
    dress();
    hooks.typed();
    text.focus();
  });
}

/** Whether something is written that is not saved. */
export function unsavedWords() {
  return shown !== null && text.value !== shown.words.textContent;
}

function offerToPlay({ row, start }) {
  const time = row.querySelector(".time");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain time small";
  button.textContent = time.textContent;
  button.setAttribute("aria-label", `Play from ${time.textContent}`);
  button.addEventListener("click", () => playFrom(start));
  time.replaceWith(button);
}

function follow(moment) {
  now = moment;
  if (saving || unsavedWords() || Math.abs(moment - still) < STILL) {
    return;
  }
  still = -1;
  const cue = cues.find(({ start, end }) => start <= moment && moment < end) ?? null;
  if (cue !== shown) {
    show(cue);
  }
}

function show(cue) {
  shown = cue;
  says.textContent = "";
  text.value = cue === null ? "" : cue.words.textContent;
  at.textContent = cue === null ? "Nothing is said here." : `Said at ${cue.row.querySelector(".time").textContent}`;
  dress();
}

function dress() {
  const written = unsavedWords();
  text.disabled = shown === null || saving;
  save.disabled = !written || saving || text.value.trim() === "";
  leave.hidden = !written;
  back.hidden = shown === null || written || !("corrected" in shown.row.dataset);
}

/** Also once more, of the same cue, wherever the player is by then. */
async function send(words, cue = shown) {
  if (cue !== shown) {
    show(cue);
  }
  saving = true;
  still = now;
  says.textContent = "Saving …";
  dress();
  try {
    const url = part.dataset.url.replace(/0$/, cue.row.dataset.place);
    const told = await ask(url, "PUT", { said: bound.value, text: words });
    bound.value = told.said;
    cue.words.textContent = told.text;
    cue.row.toggleAttribute("data-corrected", told.corrected);
    cue.row.querySelector(".mark-corrected").hidden = !told.corrected;
    cue.row.querySelector(".mark-look")?.toggleAttribute("hidden", !told.look);
    text.value = told.text;
    says.textContent = words === null ? "As it was given." : "Saved.";
    hooks.changed(told.texts);
  } catch (error) {
    says.textContent = "Not saved.";
    complain(error, () => send(words, cue));
  }
  saving = false;
  dress();
  (save.disabled ? text : save).focus();
}
