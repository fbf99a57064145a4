/* What must be heard: it is played piece by piece with one press. What was heard is kept by the server, and noted in
   review-watched.js. */

import { goTo, whenMoved } from "./review-player.js";

const LEAD = 0.3; // seconds before a piece: a player may leave out its first frames
const TOGETHER = 1; // seconds between two pieces that are played as one

const player = document.getElementById("player");
const listen = document.getElementById("listen");
const muted = document.getElementById("participants-muted");

let state = null; // as the server described it last
let pieces = []; // [start, end] of what is still to be played, while it is

/** Gets ready; `declare(muted)` saves whether participants were. */
export function wireSound(declare) {
  listen.addEventListener("click", () => (pieces.length > 0 ? player.pause() : begin()));
  muted.addEventListener("change", () => declare(muted.checked));
  player.addEventListener("pause", stop);
  whenMoved(follow);
}

export function showSound(described) {
  state = described;
  muted.checked = state.participants_muted;
  document.getElementById("muted-part").hidden = state.sound_only || !state.has_sound;
  show();
}

function show() {
  const plays = pieces.length > 0;
  if (!plays && state.owed.length === 0 && document.activeElement === listen) {
    document.getElementById("decide").focus();
  }
  listen.hidden = !plays && state.owed.length === 0;
  listen.textContent = plays ? "Stop" : "Play what must be heard";
}

function stop() {
  pieces = [];
  show();
}

function begin() {
  pieces = owedPieces();
  if (pieces.length === 0) {
    return;
  }
  player.muted = false;
  player.volume = player.volume || 1;
  goTo(pieces[0][0]);
  player.play().catch(stop);
  show();
}

/** Whole seconds of what is owed, as far as there is sound in them: the server counts by seconds. */
function owedPieces() {
  const whole = state.owed.map(([start, end]) => {
    const [first, last] = [Math.floor(start), Math.ceil(end)];
    const inside = state.sounding.filter(([from, to]) => from < last && to > first);
    return [Math.max(first - LEAD, inside[0][0]), Math.min(last, inside.at(-1)[1])];
  });
  const joined = [];
  for (const [start, end] of whole) {
    const before = joined.at(-1);
    if (before && start <= before[1] + TOGETHER) {
      before[1] = Math.max(before[1], end);
    } else {
      joined.push([start, end]);
    }
  }
  return joined;
}

/** At the end of a piece the next one begins; whoever goes elsewhere listens to what is there. */
function follow(moment) {
  if (pieces.length === 0 || player.seeking || moment < pieces[0][1]) {
    return;
  }
  pieces.shift();
  if (pieces.length === 0) {
    player.pause();
  } else {
    goTo(pieces[0][0]);
  }
}
