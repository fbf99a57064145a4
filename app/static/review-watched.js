/* Which seconds of the film were played here to their ends: they count as seen once the server agrees. */

import { whenMoved } from "./review-player.js";

const REPORT_MS = 4000;
const EDGE = 0.1; // seconds at either end of what is kept that a player may leave out
const LEAP = 0.5; // seconds between two pictures over which it is no playing

const player = document.getElementById("player");

let state = null; // as the server described it last
let last = null; // the moment that was shown before
let played = new Map(); // second → [start, end] of what was played of it without a leap

/** Gets ready; `report(seconds)` tells the server and gives a promise. */
export function wireWatching(report) {
  whenMoved(note);
  setInterval(() => tell(report), REPORT_MS);
}

export function knowUnseen(described) {
  state = described;
}

function note(moment) {
  if (player.paused || player.seeking || document.hidden || last === null || moment < last || moment - last > LEAP) {
    last = player.seeking ? null : moment;
    return;
  }
  for (let second = Math.floor(last); second <= Math.floor(moment); second += 1) {
    const [from, to] = [Math.max(second, last), Math.min(second + 1, moment)];
    const before = played.get(second);
    const goesOn = before && from <= before[1] + LEAP / 2 && to >= before[0];
    played.set(second, goesOn ? [Math.min(before[0], from), Math.max(before[1], to)] : [from, to]);
  }
  last = moment;
}

/** Whether all that is kept of a second was played. */
function isWhole([second, [from, to]]) {
  const inside = state.kept.filter(([start, end]) => start < second + 1 && end > second);
  return inside.every(([start, end]) => from <= Math.max(start, second) + EDGE && to >= Math.min(end, second + 1) - EDGE);
}

function tell(report) {
  if (state === null || state.sound_only) {
    return;
  }
  const whole = [...played].filter(isWhole).map(([second]) => second);
  const isUnseen = (second) => state.unseen.some(([start, end]) => start < second + 1 && end > second);
  const wanted = whole.filter(isUnseen);
  whole.filter((second) => !isUnseen(second)).forEach((second) => played.delete(second));
  if (wanted.length > 0) {
    report(wanted).catch(() => {}); // the next time tells of them again
  }
}

/** What was played before a change does not tell of what it brought back. */
export function forgetPlayed() {
  played = new Map();
}
