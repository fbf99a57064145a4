/* The review page: what is shown and decided. The server keeps all of it: each change is saved at once, under the version
   of the edit that was on this page, and approving names that version too. */

import { ask } from "./asking.js";
import { unsaved, whenTyped } from "./details.js";
import { showCaptions, unsavedCaptions, whenCaptionsTicked } from "./review-captions.js";
import { addCut, forgetChanges, showCuts, wireCuts } from "./review-cuts.js";
import { howChanged, howMany, showLooks, wireLooks } from "./review-looks.js";
import { playFrom, showPlayer, wireMarks } from "./review-player.js";
import { showSheets, wireSheets } from "./review-sheets.js";
import { takeAll, unheard, whenHeard } from "./review-sound.js";
import { parse, stretch } from "./review-times.js";

const SOUND_LOOK_MS = 3000;
const BEFORE = 1; // seconds played before a moment at which the proof saw somebody

const section = document.getElementById("review");
const looksSay = document.getElementById("looks-say");
const saved = document.getElementById("saved");
const decision = document.getElementById("decision");
const ready = document.getElementById("ready");
const approve = document.getElementById("approve");
const trouble = document.getElementById("trouble");
const back = document.getElementById("back");
const player = document.getElementById("player");

let state = null; // as the server described it last
let waiting = 0; // changes on their way
let turn = Promise.resolve(); // requests go one after another, so that no older answer comes after a newer one

function inTurn(request) {
  const mine = turn.then(request);
  turn = mine.catch(() => {});
  return mine;
}

function show(described) {
  state = described;
  showPlayer(state);
  showCuts(state);
  showCaptions(state);
  showSeen();
  showLooks(state); // after the sheets, which its pictures are of
}

function showSeen() {
  showSheets(state);
  decide();
}

/** Changes the cuts by `how` and saves them; `then` gets the list before. */
function change(how, then) {
  const put = async () => {
    const before = state.cuts.filter((cut) => cut.on).map((cut) => [cut.start, cut.end]);
    const described = await ask(section.dataset.edits, "PUT", { version: state.version, cuts: how(before) });
    then(before);
    return described;
  };
  save(put, saved, () => "Saved.", () => change(how, then));
}

/** Saves what a look is, null for taking that back: the cuts are proposed anew. */
function answer(number, kind) {
  const put = async () => {
    const url = section.dataset.answer.replace(/0$/, number);
    const described = await ask(url, "PUT", { version: state.version, kind });
    forgetChanges();
    return described;
  };
  save(put, looksSay, howChanged, () => answer(number, kind));
}

/** Sends a change with `put`; `place` tells what came of it, by `says` of the states before and after. */
function save(put, place, says, again) {
  waiting += 1;
  hush();
  place.textContent = "Saving …";
  decide();
  inTurn(put)
    .then((described) => {
      place.textContent = says(state, described);
      waiting -= 1;
      show(described);
    })
    .catch((error) => {
      place.textContent = "Not saved.";
      waiting -= 1;
      show(state); // the page shows what is in force again
      complain(error, again);
    });
}

function reportSeen(number) {
  const url = state.sheets[number].replace(/\.jpg$/, "/seen");
  return inTurn(() => ask(url, "POST")).then((seen) => {
    Object.assign(state, seen);
    showSeen();
  });
}

/** What has not been shown yet, in words; empty when there is nothing. */
function missing() {
  const silent = state.sound_only ? unheard(state.kept) : 0;
  if (silent > 0) {
    return `${stretch(silent)} of what stays have not been played here yet.`;
  }
  if (state.unseen.length === 0) {
    return "";
  }
  // of a sound recording, the server counts the bytes that it sent, and tells so a little later
  return state.sound_only ? "One moment …" : `${state.unseen_says} of what stays have not been on your screen yet.`;
}

/** Says in words what approving would do, and what it still needs. */
function decide() {
  const able = state.kept.length > 0;
  const left = able ? missing() : "";
  const titled = "titled" in section.dataset;
  const parts = [able ? `${state.kept_says} will stay, ${state.cut_says} will be cut.` : "With these cuts nothing stays."];
  if (able) {
    parts.push(state.captions_say);
  }
  if (left) {
    parts.push(left);
  }
  if (unsavedCaptions()) {
    parts.push("Please save the captions, above.");
  }
  if (unsaved()) {
    parts.push("Please save what families read, above.");
  } else if (!titled) {
    parts.push("Please give it a title above, and save it.");
  }
  approve.disabled = !able || left !== "" || !titled || unsaved() || unsavedCaptions() || waiting > 0;
  say(decision, parts.join(" "));
  // read out once, unlike the line above, which changes with every picture
  say(ready, able && left === "" && waiting === 0 ? "All of what stays has been shown to you." : "");
}

function say(place, words) {
  if (place.textContent !== words) {
    place.textContent = words;
  }
}

/** Shows what went wrong, with the one thing that helps. */
function complain(error, again) {
  const moved = error.status === 409 || error.status === 401;
  const words = document.createElement("p");
  words.textContent = error.status === undefined ? "Something went wrong on this page. Please reload it." : error.message;
  const help = document.createElement("button");
  help.type = "button";
  help.textContent = moved || error.status === undefined ? "Reload the page" : "Try again";
  help.addEventListener("click", () => (help.textContent === "Try again" ? again() : location.reload()));
  trouble.replaceChildren(words, help);
  trouble.hidden = false;
}

function hush() {
  trouble.hidden = true;
}

function publish() {
  approve.disabled = true;
  hush();
  inTurn(() => ask(section.dataset.approve, "POST", { version: state.version, texts: section.dataset.texts }))
    .then(({ url }) => location.assign(url))
    .catch((error) => {
      complain(error, publish);
      decide();
    });
}

/** Goes to the player from a picture, and offers the way back. */
function playPicture(moment, picture) {
  playFrom(moment);
  player.focus();
  back.hidden = false;
  back.onclick = () => {
    player.pause();
    back.hidden = true;
    picture.focus();
    picture.scrollIntoView({ block: "center" });
  };
}

/** The bytes of a sound recording are counted by the server: asked for once all that stays was played. */
async function followSound() {
  if (state.unseen.length === 0 || document.hidden || unheard(state.kept) > 0) {
    return;
  }
  await inTurn(askAgain);
  if (state.unseen.length > 0) {
    await inTurn(() => takeAll(state.proxy).then(askAgain));
  }
}

async function askAgain() {
  state = await ask(section.dataset.url);
  showSeen();
}

function begin() {
  hush();
  inTurn(() => ask(section.dataset.url))
    .then((described) => {
      show(described);
      looksSay.textContent = `${howMany(state)}.`;
      if (state.sound_only) {
        whenHeard(decide);
        setInterval(() => followSound().catch(() => {}), SOUND_LOOK_MS); // the next look tells
      }
    })
    .catch((error) => complain(error, begin));
}

wireCuts(change);
wireMarks(addCut);
wireSheets(reportSeen, playPicture);
wireLooks(answer, playPicture);
whenTyped(() => state !== null && decide());
whenCaptionsTicked(() => state !== null && decide());
approve.addEventListener("click", publish);
for (const link of document.querySelectorAll('.proof a[href="#review"]')) {
  link.addEventListener("click", () => playFrom(parse(link.textContent) - BEFORE)); // the page goes there by itself
}
begin();
