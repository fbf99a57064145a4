/* The player of the review page: skips cuts, plays from a moment, and marks new cuts. */

import { clock } from "./review-times.js";

const player = document.getElementById("player");
const skip = document.getElementById("skip");
const markStart = document.getElementById("mark-start");
const markEnd = document.getElementById("mark-end");
const markSays = document.getElementById("mark-says");

let cuts = []; // [start, end] of each cut in force
let wanted = [0, 0]; // where no cut is skipped, because somebody wants to see it
let mark = null; // where a new cut begins

/** What is cut now, and what to play. */
export function showPlayer(state) {
  cuts = state.cuts.filter((cut) => cut.on).map((cut) => [cut.start, cut.end]);
  if (!player.getAttribute("src")) {
    player.src = state.proxy;
    player.classList.toggle("sound", state.sound_only);
    player.currentTime = state.start;
  }
}

/** Plays from a moment; up to `until` no cut is skipped. */
export function playFrom(moment, until = moment) {
  player.currentTime = Math.max(0, moment);
  wanted = [moment, until];
  player.play().catch(() => {}); // a film that cannot be played tells so itself
  player.scrollIntoView({ block: "nearest" });
}

function cutAt(moment) {
  return cuts.find(([start, end]) => moment >= start && moment < end - 0.01); // a seek may end a little early
}

function skipCuts() {
  const now = player.currentTime;
  const cut = cutAt(now);
  if (cut && skip.checked && !player.seeking && !(now >= wanted[0] && now < wanted[1])) {
    player.currentTime = cut[1];
  }
  if (!player.paused && !player.ended) {
    requestAnimationFrame(skipCuts); // each frame: `timeupdate` would let a quarter of a second be seen
  }
}

/** Whoever goes to a place inside a cut wants to see it. */
function wantHere() {
  const cut = cutAt(player.currentTime);
  if (cut) {
    wanted = [player.currentTime - 0.1, cut[1]];
  }
}

/** Calls `add` with [start, end] once somebody has marked both. */
export function wireMarks(add) {
  markStart.addEventListener("click", () => {
    mark = player.currentTime;
    markEnd.disabled = false;
    markSays.textContent = `The cut begins at ${clock(mark)}. Go to where it ends, then choose “… to here”.`;
  });
  markEnd.addEventListener("click", () => {
    const [start, end] = [mark, player.currentTime].sort((a, b) => a - b);
    if (end - start < 0.04) {
      markSays.textContent = `The cut begins at ${clock(mark)}, and the player is still there. Go to where it ends first.`;
      return;
    }
    mark = null;
    markStart.focus();
    markEnd.disabled = true;
    markSays.textContent = `Cut from ${clock(start)} to ${clock(end)}.`;
    add([round(start), round(end)]);
  });
}

function round(seconds) {
  return Math.round(seconds * 1000) / 1000;
}

player.addEventListener("play", () => requestAnimationFrame(skipCuts));
player.addEventListener("seeked", wantHere);
