/* Follows the work on recordings: asks every two seconds while the page is looked at and something is being done. */

import { ask } from "./asking.js";
import { unsaved } from "./details.js";

const EVERY_MS = 2000;

const list = document.getElementById("recordings");
let timer = 0;

function rows() {
  return [...list.querySelectorAll("[data-id]")];
}

function follow() {
  clearTimeout(timer);
  // a hidden page does not ask; it catches up when it is looked at again
  if (!document.hidden && rows().some((row) => "working" in row.dataset)) {
    timer = setTimeout(look, EVERY_MS);
  }
}

async function look() {
  try {
    const found = new Map((await ask(list.dataset.url)).map((doing) => [doing.id, doing]));
    for (const row of rows()) {
      if (found.has(row.dataset.id)) {
        show(row, found.get(row.dataset.id));
      }
    }
  } catch (trouble) {
    if (trouble.status === 401) {
      location.reload(); // signed out: the server shows where to sign in
      return;
    }
    // anything else may pass: the next look tells
  }
  follow();
}

function show(row, doing) {
  const moved = row.dataset.state !== doing.state;
  row.dataset.state = doing.state;
  row.toggleAttribute("data-working", doing.working);
  say(row.querySelector(".state strong") || row.querySelector(".state"), doing.says);
  say(row.querySelector(".step"), doing.step);
  row.querySelector("progress").value = doing.permille;
  row.querySelector(".work").hidden = !doing.working;
  const trouble = row.querySelector(".trouble");
  if (trouble) {
    trouble.hidden = !doing.trouble;
    say(trouble, doing.trouble);
  }
  if (moved && list.dataset.reload) {
    // the page of one recording has other parts in another state
    if (unsaved()) {
      row.querySelector(".moved-on").hidden = false;
    } else {
      location.reload();
    }
  }
}

function say(place, words) {
  if (place.textContent !== words) {
    place.textContent = words;
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    clearTimeout(timer);
  } else if (rows().some((row) => "working" in row.dataset)) {
    look();
  }
});
follow();
