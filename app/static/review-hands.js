/* What the keys of the review page do. */

import { chooseEdit, editAt, removeEdit, splitEdit } from "./review-edits.js";
import { wireKeys } from "./review-keys.js";
import { nextLook } from "./review-looks.js";
import { chooseAction, goFrames, goTo, nextSpeed, playOrPause, whereNow } from "./review-player.js";

const LEAP = 5; // seconds

const press = (id) => () => {
  const button = document.getElementById(id);
  if (!button.disabled && !button.hidden) {
    button.click();
  }
};

export function wireHands() {
  wireKeys({
    play: playOrPause,
    back: () => goTo(whereNow() - LEAP),
    on: () => goTo(whereNow() + LEAP),
    "frame-back": () => goFrames(-1),
    "frame-on": () => goFrames(1),
    start: press("mark-start"),
    end: press("mark-end"),
    cut: () => chooseAction("cut"),
    cover: () => chooseAction("cover"),
    crop: () => chooseAction("crop"),
    mute: () => chooseAction("mute"),
    previous: () => step(-1),
    next: () => step(1),
    split: () => withEdit((edit) => splitEdit(edit, whereNow())),
    remove: () => withEdit(removeEdit),
    undo: press("undo"),
    redo: press("redo"),
    unseen: press("next-unseen"),
    unheard: press("listen"),
    speed: nextSpeed,
    look: nextLook,
    smaller: press("pictures-smaller"),
    larger: press("pictures-larger"),
    approve: () => document.getElementById("approve").focus(),
  });
}

function withEdit(then) {
  const edit = editAt(whereNow());
  if (edit) {
    then(edit);
  }
}

/** To the edit before or after the chosen one, and to its first moment. */
function step(by) {
  const rows = [...document.querySelectorAll("#cuts > li")].filter((row) => row.edit?.on);
  const here = rows.findIndex((row) => row.classList.contains("chosen"));
  const row = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by];
  if (row) {
    chooseEdit(row.edit);
    goTo(row.edit.start);
    row.querySelector("button").focus();
  }
}
