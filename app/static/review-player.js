/* The player of the review page: plays the edit as families will see it, and from any moment; marks new edits. */

import { boxNow, closeBox, isDrawing, knowPicture, offerBox, wireBoxes } from "./review-boxes.js";
import { clock } from "./review-times.js";

const player = document.getElementById("player");
const screen = document.getElementById("screen");
const stage = document.getElementById("stage");
const covers = document.getElementById("covers");
const skip = document.getElementById("skip");
const markStart = document.getElementById("mark-start");
const markEnd = document.getElementById("mark-end");
const markSays = document.getElementById("mark-says");
const play = document.getElementById("play");
const now = document.getElementById("now");
const speed = document.getElementById("speed");
const kinds = [...document.querySelectorAll('input[name="action"]')];

const follow = new Set(); // called with the moment that is shown

let state = null; // as the server described it last
let cuts = []; // [start, end] of each cut in force
let wanted = [0, 0]; // where no cut is skipped, because somebody wants to see it
let mark = null; // where a new edit begins
let silenced = false; // whether a mute silences the player, and not somebody

/** What is edited now, and what to play. */
export function showPlayer(described) {
  state = described;
  cuts = inForce("cut").map((cut) => [cut.start, cut.end]);
  if (!player.getAttribute("src")) {
    player.src = state.proxy;
    player.currentTime = state.start;
    player.classList.toggle("sound", state.sound_only);
    player.controls = state.sound_only;
    document.getElementById("transport").hidden = state.sound_only;
    knowPicture(state.picture);
    if (state.picture) {
      screen.style.setProperty("--shape", state.picture[0] / state.picture[1]);
    }
    kinds.forEach((kind) => {
      kind.disabled = (state.sound_only && ["cover", "crop"].includes(kind.value)) || (kind.value === "mute" && !state.has_sound);
    });
  }
  asFamiliesSee();
}

/** Plays from a moment; up to `until` no cut is skipped. */
export function playFrom(moment, until = moment) {
  player.currentTime = Math.max(0, moment);
  wanted = [moment, until];
  player.play().catch(() => {}); // a film that cannot be played tells so itself
  screen.scrollIntoView({ block: "nearest" });
}

export function whereNow() {
  return player.currentTime;
}

export function goTo(moment) {
  player.currentTime = Math.min(Math.max(moment, state.start), state.end);
}

/** By single frames; of sound, by tenths of a second. */
export function goFrames(count) {
  player.pause();
  goTo(player.currentTime + count / (state.rate ?? 10));
}

export function playOrPause() {
  if (player.paused) {
    player.play().catch(() => {});
  } else {
    player.pause();
  }
}

/** The next of the speeds, and after the last one the first. */
export function nextSpeed() {
  speed.selectedIndex = (speed.selectedIndex + 1) % speed.options.length;
  player.playbackRate = Number(speed.value);
}

/** Calls `then(moment)` whenever another moment is shown. */
export function whenMoved(then) {
  follow.add(then);
}

function inForce(action) {
  return state.edits.filter((edit) => edit.on && edit.action === action);
}

function cutAt(moment) {
  return cuts.find(([start, end]) => moment >= start && moment < end - 0.01); // a seek may end a little early
}

/** Those of one action that the frame on the screen falls under: one that is on screen at any moment of a span does. */
function under(action) {
  const frame = state.rate ? 1 / state.rate : 0;
  return inForce(action).filter((edit) => player.currentTime + frame > edit.start + 1e-3 && player.currentTime < edit.end - 1e-3);
}

/** Boxes are black, a crop fills the picture, and a mute is silent, unless somebody looks at the recording as it is. */
function asFamiliesSee() {
  if (state === null) {
    return;
  }
  const preview = skip.checked && !isDrawing();
  const boxes = preview ? under("cover").map((edit) => edit.box) : [];
  const crop = preview ? (under("crop")[0]?.box ?? null) : null;
  if (covers.childElementCount !== boxes.length || covers.dataset.boxes !== String(boxes)) {
    covers.dataset.boxes = String(boxes);
    covers.replaceChildren(...boxes.map(blackBox));
  }
  showOnly(crop);
  const silent = skip.checked && under("mute").length > 0;
  if (silent && !player.muted) {
    [player.muted, silenced] = [true, true];
  } else if (!silent && silenced) {
    [player.muted, silenced] = [false, false];
  }
  now.textContent = `${clock(player.currentTime)} of ${clock(state.end)}`;
  follow.forEach((then) => then(player.currentTime));
}

function blackBox([x, y, width, height]) {
  const [across, down] = state.picture;
  const box = document.createElement("div");
  box.style.left = `${(x * 100) / across}%`;
  box.style.top = `${(y * 100) / down}%`;
  box.style.width = `${(width * 100) / across}%`;
  box.style.height = `${(height * 100) / down}%`;
  return box;
}

/** The inside of a box, as large as fits; null for the whole picture. */
function showOnly(box) {
  if (box === null) {
    stage.style.clipPath = stage.style.transform = "";
    return;
  }
  const [across, down] = state.picture;
  const [x, y, width, height] = box;
  const share = (part, whole) => `${(part * 100) / whole}%`;
  const sides = [share(y, down), share(across - x - width, across), share(down - y - height, down), share(x, across)];
  const scale = Math.min(across / width, down / height);
  const shift = [share((across - width * scale) / 2 - x * scale, across), share((down - height * scale) / 2 - y * scale, down)];
  stage.style.clipPath = `inset(${sides.join(" ")})`;
  stage.style.transform = `translate(${shift.join(", ")}) scale(${scale})`;
}

function everyFrame() {
  const moment = player.currentTime;
  const cut = cutAt(moment);
  if (cut && skip.checked && !player.seeking && !(moment >= wanted[0] && moment < wanted[1])) {
    player.currentTime = cut[1];
  }
  asFamiliesSee();
  if (!player.paused && !player.ended) {
    requestAnimationFrame(everyFrame); // each frame: `timeupdate` would let a quarter of a second be seen
  }
}

/** Whoever goes to a place inside a cut wants to see it. */
function wantHere() {
  const cut = cutAt(player.currentTime);
  if (cut) {
    wanted = [player.currentTime - 0.1, cut[1]];
  }
  asFamiliesSee();
}

/** What the next edit does. */
export function chooseAction(action) {
  const kind = kinds.find(({ value }) => value === action);
  if (!kind.disabled) {
    kind.checked = true;
    showAction();
  }
}

function actionNow() {
  return kinds.find(({ checked }) => checked).value;
}

function showAction() {
  if (["cover", "crop"].includes(actionNow())) {
    offerBox();
  } else {
    closeBox();
  }
  asFamiliesSee();
}

/** Calls `add` with an edit once somebody has marked both its ends. */
export function wireMarks(add) {
  wireBoxes(asFamiliesSee);
  kinds.forEach((kind) => kind.addEventListener("change", showAction));
  markStart.addEventListener("click", () => {
    mark = player.currentTime;
    markEnd.disabled = false;
    markSays.textContent = `It begins at ${clock(mark)}. Go to where it ends, then choose “… to here”.`;
  });
  markEnd.addEventListener("click", () => {
    const [start, end] = [mark, player.currentTime].sort((a, b) => a - b);
    if (end - start < 0.04) {
      markSays.textContent = `It begins at ${clock(mark)}, and the player is still there. Go to where it ends first.`;
      return;
    }
    mark = null;
    markStart.focus();
    markEnd.disabled = true;
    const action = actionNow();
    markSays.textContent = `${action[0].toUpperCase()}${action.slice(1)} from ${clock(start)} to ${clock(end)}.`;
    const edit = { action, start: round(start), end: round(end) };
    if (isDrawing()) {
      edit.box = boxNow();
    }
    chooseAction("cut");
    add(edit);
  });
}

function round(seconds) {
  return Math.round(seconds * 1000) / 1000;
}

player.addEventListener("play", () => {
  play.textContent = "Pause";
  requestAnimationFrame(everyFrame);
});
player.addEventListener("pause", () => (play.textContent = "Play"));
player.addEventListener("seeked", wantHere);
player.addEventListener("timeupdate", () => document.hidden && asFamiliesSee()); // no frames are asked for there
player.addEventListener("click", () => !player.controls && playOrPause());
play.addEventListener("click", playOrPause);
skip.addEventListener("change", asFamiliesSee);
document.getElementById("frame-back").addEventListener("click", () => goFrames(-1));
document.getElementById("frame-on").addEventListener("click", () => goFrames(1));
speed.addEventListener("change", () => (player.playbackRate = Number(speed.value)));
