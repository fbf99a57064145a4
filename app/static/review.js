/* The review page: what is shown and decided. The server keeps all of it: each change is saved at once, under the version
   of the edit that was on this page, and approving names that version too. */

import { ask } from "./asking.js";
import { unsaved, whenTyped } from "./details.js";
import { reasonGiven, reasonMissing, showCaptions, unsavedCaptions, whenCaptionsTicked, whenReasonGiven } from "./review-captions.js";
import { addEdit, bare, showEdits, wireEdits } from "./review-edits.js";
import { wireHands } from "./review-hands.js";
import { howChanged, howMany, showLooks, wireLooks } from "./review-looks.js";
import { playFrom, showPlayer, wireMarks } from "./review-player.js";
import { unsavedWords, wireSaid } from "./review-said.js";
import { showSheets, wireSheets } from "./review-sheets.js";
import { showSound, wireSound } from "./review-sound.js";
import { showTimeline, wireTimeline } from "./review-timeline.js";
import { parse } from "./review-times.js";
import { complain, hush } from "./review-trouble.js";
import { forgetPlayed, knowUnseen, wireWatching } from "./review-watched.js";
import { wireZoom } from "./review-zoom.js";

const TRY_AGAIN_MS = 5000;
const BEFORE = 1; // seconds played before a moment at which the proof saw somebody

const section = document.getElementById("review");
const looksSay = document.getElementById("looks-say");
const saved = document.getElementById("saved");
const soundSays = document.getElementById("sound-saved");
const decision = document.getElementById("decision");
const ready = document.getElementById("ready");
const approve = document.getElementById("approve");
const publishAt = document.getElementById("publish-at");
const undo = document.getElementById("undo");
const redo = document.getElementById("redo");
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
  showEdits(state);
  undo.disabled = !state.undoable;
  redo.disabled = !state.redoable;
  showCaptions(state);
  showSeen();
  showLooks(state); // after the sheets, which its pictures are of
}

function showSeen() {
  knowUnseen(state);
  showSheets(state);
  showSound(state);
  showTimeline(state);
  decide();
}

function editsInForce(described) {
  return described.edits.filter((edit) => edit.on).map(bare);
}

/** Changes the edits by `how`, a function from the list to the new one, and saves them. */
function change(how) {
  const put = async () => {
    const edits = how(editsInForce(state));
    try {
      return await askPatiently(section.dataset.edits, "PUT", () => ({ version: state.version, edits }));
    } catch (error) {
      // an answer that was lost on its way: it was saved all the same
      const there = error.status === 409 ? await ask(section.dataset.url) : null;
      if (there !== null && JSON.stringify(editsInForce(there)) === JSON.stringify(edits)) {
        return there;
      }
      throw Object.assign(error, { there });
    }
  };
  save(put, saved, () => "Saved.", () => change(how));
}

/** Goes back to the state before, or on to the one after. */
function go(verb, words) {
  const body = () => ({ version: state.version });
  const put = () => askPatiently(`${section.dataset.edits}/${verb}`, "POST", body);
  save(put, saved, () => words, () => go(verb, words));
}

/** As `ask`, again and again while the server does not answer. */
async function askPatiently(url, method, body) {
  for (;;) {
    try {
      return await ask(url, method, body());
    } catch (error) {
      if (error.status !== 0) {
        throw error;
      }
      saved.textContent = "Not saved yet.";
      await new Promise((again) => {
        complain(error, again);
        setTimeout(again, TRY_AGAIN_MS);
      });
      hush();
    }
  }
}

/** Saves what a look is, null for taking that back: the cuts are proposed anew. */
function answer(number, kind) {
  const put = async () => {
    const url = section.dataset.answer.replace(/0$/, number);
    return askPatiently(url, "PUT", () => ({ version: state.version, kind }));
  };
  save(put, looksSay, howChanged, () => answer(number, kind));
}

/** Saves whether participants were muted while it was recorded. */
function declare(muted) {
  const body = () => ({ version: state.version, participants_muted: muted });
  save(() => askPatiently(state.sound, "PUT", body), soundSays, () => "Saved.", () => declare(muted));
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
      forgetPlayed();
      show(described);
    })
    .catch((error) => {
      place.textContent = "Not saved.";
      waiting -= 1;
      show(error.there ?? state); // the page shows what is in force again
      complain(error, again);
    });
}

/** The words are others now, and so the edit has another version. */
function wordsChanged(texts) {
  hush();
  section.dataset.texts = texts;
  inTurn(() => ask(section.dataset.url)).then(show).catch((error) => complain(error, () => wordsChanged(texts)));
}

function reportSeen(number) {
  const url = state.sheets[number].replace(/\.jpg$/, "/seen");
  return inTurn(() => ask(url, "POST")).then((seen) => {
    Object.assign(state, seen);
    showSeen();
  });
}

function reportPlayed(played) {
  return inTurn(() => ask(state.watched, "POST", played)).then((seen) => {
    Object.assign(state, seen);
    showSeen();
  });
}

/** What has not been shown or played yet, in words; empty when there is nothing. */
function missing() {
  const played = state.to_watch.length > 0 ? ` ${state.to_watch_says} of it in the player: it was proposed to be cut, and two pictures a second are too few there.` : "";
  const unseen = state.unseen.length > 0 ? `${state.unseen_says} still to be seen.${played}` : "";
  const owed = state.owed.length > 0 ? `${state.owed_says} of sound still to be heard.` : "";
  return [unseen, owed].filter((part) => part).join(" ");
}

/** Says in words what approving would do, and what it still needs. */
function decide() {
  const able = state.kept.length > 0;
  const left = able ? missing() : "";
  const titled = "titled" in section.dataset;
  const effect = [`${state.kept_says} will stay, ${state.cut_says} will be cut.`, state.edits_say, state.captions_say];
  const parts = !able ? ["With these cuts nothing stays."] : left ? [effect[0], left] : [...effect, state.sound_says, state.waiting_says, state.until_says];
  if (able) {
    parts.push(state.another_says, state.rights_say);
  }
  if (unsavedCaptions() || unsavedWords()) {
    parts.push(`Please save the caption${unsavedWords() ? " beside the player" : "s, above"}.`);
  }
  if (unsaved()) {
    parts.push("Please save what families read, above.");
  } else if (!titled) {
    parts.push("Please give it a title above, and save it.");
  }
  const unsaid = reasonMissing(state);
  if (unsaid) {
    parts.push("Please say why there are no captions, above.");
  }
  if ("looker" in section.dataset) {
    approve.hidden = true;
    parts.push("Somebody who may publish looks at it too, and approves.");
  }
  const open = left !== "" || unsaid || state.another_says !== "" || state.rights_say !== "" || unsaved() || unsavedCaptions() || unsavedWords();
  approve.disabled = !able || open || !titled || waiting > 0;
  publishAt.closest("label").hidden = approve.disabled; // until then there is nothing to publish, and little room
  say(decision, parts.filter((part) => part).join(" "));
  // read out once, unlike the line above, which changes with every picture
  say(ready, able && left === "" && waiting === 0 ? "All of what stays has been shown to you, and what must be heard was played." : "");
}

function say(place, words) {
  if (place.textContent !== words) {
    place.textContent = words;
  }
}

/** What was typed by this browser's clock, as a moment for any clock. */
function momentOf(typed) {
  return typed ? new Date(typed).toISOString() : "";
}

function publish() {
  approve.disabled = true;
  hush();
  inTurn(() => ask(section.dataset.approve, "POST", { version: state.version, texts: section.dataset.texts, publish_at: momentOf(publishAt.value), ...reasonGiven() }))
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

function begin() {
  hush();
  const lanes = ask(section.dataset.timeline);
  lanes.catch(() => {}); // told of where it is waited for
  inTurn(() => ask(section.dataset.url))
    .then((described) => {
      state = described;
      showPlayer(state); // what is seen first, before hundreds of sheets are made
      showEdits(state);
      return wireTimeline(state, lanes).catch((error) => complain(error, begin));
    })
    .then(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))))
    .then(() => {
      show(state);
      looksSay.textContent = `${howMany(state)}.`;
    })
    .catch((error) => complain(error, begin));
}

wireEdits(change);
wireMarks(addEdit);
wireHands();
wireWatching(reportPlayed);
wireSound(declare);
undo.addEventListener("click", () => go("undo", "Undone."));
redo.addEventListener("click", () => go("redo", "Done again."));
addEventListener("beforeunload", (event) => waiting > 0 && event.preventDefault());
wireSaid(wordsChanged, () => state !== null && decide());
wireZoom();
wireSheets(reportSeen, playPicture);
wireLooks(answer, playPicture);
whenTyped(() => state !== null && decide());
whenCaptionsTicked(() => state !== null && decide());
approve.addEventListener("click", publish);
whenReasonGiven(decide);
for (const link of document.querySelectorAll('.proof a[href="#review"]')) {
  link.addEventListener("click", () => playFrom(parse(link.textContent) - BEFORE)); // the page goes there by itself
}
begin();
