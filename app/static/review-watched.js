/* Which seconds of the film were played here to their ends, and which of them aloud: they count as seen and heard once the
   server agrees. */

import { whenMoved } from "./review-player.js";

const REPORT_MS = 4000;
const EDGE = 0.1; // seconds at either end of what is kept that a player may leave out
const LEAP = 0.5; // seconds between two pictures over which it is no playing
const UNSEEN_LEAP = 1.2; // the same of sound in a tab that is not looked at, which tells four times a second where it is
const FASTEST = 2; // times its speed that ears can follow

const player = document.getElementById("player");

let state = null; // as the server described it last
let last = null; // the moment that was shown before
let shown = new Map(); // second → [start, end] of what was played of it without a leap
let aloud = new Map(); // the same of what could be heard

/** Gets ready; `report({ seconds, heard })` tells the server and gives a promise. */
export function wireWatching(report) {
  whenMoved(note);
  setInterval(() => tell(report), REPORT_MS);
}

export function knowUnseen(described) {
  state = described;
}

function note(moment) {
  const leap = document.hidden ? UNSEEN_LEAP : LEAP;
  if (player.paused || player.seeking || last === null || moment < last || moment - last > leap) {
    last = player.seeking ? null : moment;
    return;
  }
  if (!document.hidden) {
    add(shown, moment);
  }
  if (!player.muted && player.volume > 0 && player.playbackRate <= FASTEST) {
    add(aloud, moment);
  }
  last = moment;
}

function add(played, moment) {
  for (let second = Math.floor(last); second <= Math.floor(moment); second += 1) {
    const [from, to] = [Math.max(second, last), Math.min(second + 1, moment)];
    const before = played.get(second);
    const goesOn = before && from <= before[1] + LEAP / 2 && to >= before[0];
    played.set(second, goesOn ? [Math.min(before[0], from), Math.max(before[1], to)] : [from, to]);
  }
}

/** The seconds of which all that stays was played, and of which something is `missing`; others are forgotten. */
function news(played, stays, missing) {
  const isWhole = ([second, [from, to]]) =>
    stays
      .filter(([start, end]) => start < second + 1 && end > second)
      .every(([start, end]) => from <= Math.max(start, second) + EDGE && to >= Math.min(end, second + 1) - EDGE);
  const isMissing = (second) => missing.some(([start, end]) => start < second + 1 && end > second);
  const whole = [...played].filter(isWhole).map(([second]) => second);
  whole.filter((second) => !isMissing(second)).forEach((second) => played.delete(second));
  return whole.filter(isMissing);
}

function tell(report) {
  if (state === null) {
    return;
  }
  const seconds = state.sound_only ? [] : news(shown, state.kept, state.unseen);
  const heard = news(aloud, state.sounding, state.unheard);
  if (seconds.length + heard.length > 0) {
    report({ seconds, heard }).catch(() => {}); // the next time tells of them again
  }
}

/** What was played before a change does not tell of what it brought back. */
export function forgetPlayed() {
  shown = new Map();
  aloud = new Map();
}
