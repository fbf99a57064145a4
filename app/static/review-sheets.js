/* The contact sheets: every picture that stays must have stood on the screen before approving works.

   A sheet is reported as seen once each of its pictures that stays was in view for a moment, loaded, in a tab that is
   looked at. The server counts only sheets that it sent to this browser. What must be played is marked, and no picture is
   enough for it. Of an hour there are 300 sheets: the buttons of one are made when it comes near. */

import { askForFile } from "./asking.js";
import { makePicture, showOn, wireGrid } from "./review-pictures.js";
import { clock } from "./review-times.js";

const LOOK_MS = 400;
const TICK_MS = 100;
const TRY_AGAIN_MS = 3000;
const BEFORE = 0.5; // seconds
const IN_VIEW = 0.8; // of a picture's area

const place = document.getElementById("sheets");
const nextUnseen = document.getElementById("next-unseen");
const bar = document.getElementById("decide");

let sheets = []; // { cells, loaded, seen, … }, one for each contact sheet
let shownKept = null; // what stays, as it is shown now
let toWatch = []; // what must be played, as [start, end]
let hooks = null; // what to call: see wireSheets
let near = null; // loads what is about to be seen
let inView = null; // watches single pictures
const since = new Map(); // pictures in view → since when

/** Gets ready. `report(number)` says that a sheet was seen and gives a promise; `chosen(moment, button)` plays from there. */
export function wireSheets(report, chosen) {
  hooks = { report, chosen };
  nextUnseen.addEventListener("click", goToNext);
  document.addEventListener("visibilitychange", () => since.forEach((_, cell) => since.set(cell, performance.now())));
  new ResizeObserver(watchPictures).observe(bar); // the bar at the bottom covers pictures
  setInterval(look, TICK_MS);
}

/** Shows which pictures stay and which sheets count as seen; makes the sheets at first. */
export function showSheets(state) {
  document.getElementById("sheets-part").hidden = state.sound_only;
  document.getElementById("sound-says").hidden = !state.sound_only;
  document.getElementById("tracks-says").hidden = !state.tracks_says;
  document.getElementById("tracks-says").textContent = state.tracks_says;
  if (sheets.length === 0 && !state.sound_only) {
    sheets = state.sheets.map((url, number) => makeSheet(url, number, state));
    place.append(...sheets.map((sheet) => sheet.box));
    near = new IntersectionObserver(loadNear, { rootMargin: "100% 0px" });
    sheets.forEach((sheet) => near.observe(sheet.box));
    watchPictures();
  }
  const seen = new Set(state.seen_sheets);
  const changed = state.kept !== shownKept;
  shownKept = state.kept;
  toWatch = state.sound_only ? [] : state.to_watch;
  sheets.forEach((sheet) => {
    if (changed) {
      sheet.cells.forEach((cell) => showCell(cell, state.kept));
    }
    markMissing(sheet, state);
    sheet.seen = seen.has(sheet.number) || !isMissing(sheet);
    showSheet(sheet);
    reportIfWhole(sheet); // what was still missing may have been cut
  });
  offerNext(sheets.some(isMissing) || toWatch.length > 0);
}

function offerNext(missing) {
  if (!missing && document.activeElement === nextUnseen) {
    bar.focus();
  }
  nextUnseen.hidden = !missing;
}

function makeSheet(url, number, state) {
  const first = number * state.per_sheet;
  const moments = state.moments.slice(first, first + state.per_sheet);
  const box = document.createElement("section");
  const end = state.moments[first + state.per_sheet] ?? state.end;
  const sheet = { url, number, box, loaded: false, seen: false, reporting: false };
  sheet.name = `${clock(moments[0])} to ${clock(end)}`;
  sheet.head = document.createElement("h3");
  sheet.grid = document.createElement("div");
  sheet.grid.className = "pictures";
  sheet.grid.setAttribute("role", "group");
  sheet.grid.setAttribute("aria-label", `Pictures from ${sheet.name}`);
  sheet.cells = moments.map((moment, index) => {
    const next = state.moments[first + index + 1] ?? state.end;
    return { sheet, index, moment, next, button: null, stays: true, needed: true, missing: true, toWatch: false, looked: false };
  });
  box.append(sheet.head, sheet.grid);
  return sheet;
}

/** Makes a sheet's buttons, once. */
function furnish(sheet) {
  if (sheet.cells[0].button !== null) {
    return;
  }
  sheet.cells.forEach((cell) => {
    cell.button = makePicture(cell.index, cell.moment);
    cell.button.addEventListener("click", () => hooks.chosen(cell.moment, cell.button));
    cell.button.picture = cell;
    dress(cell);
  });
  const buttons = sheet.cells.map(({ button }) => button);
  wireGrid(sheet.grid, buttons);
  buttons.forEach((button) => inView.observe(button));
}

/** A picture stands for the time until the next one: it needs a look while any of that stays. It is dimmed when it is cut
    itself, and what was dimmed has not been looked at. */
function showCell(cell, kept) {
  const stays = kept.some(([start, end]) => start <= cell.moment && cell.moment < end);
  const needed = kept.some(([start, end]) => start < cell.next && cell.moment < end);
  if (stays !== cell.stays || needed !== cell.needed) {
    cell.looked = false;
  }
  [cell.stays, cell.needed] = [stays, needed];
  if (cell.button !== null) {
    dress(cell);
  }
}

function dress({ button, stays, toWatch, moment }) {
  button.classList.toggle("cut", !stays);
  button.classList.toggle("to-watch", toWatch);
  button.setAttribute("aria-label", clock(moment) + (stays ? "" : ", cut") + (toWatch ? ", must be played" : ""));
}

function showSheet(sheet) {
  const allCut = !sheet.cells.some((cell) => cell.needed);
  const played = sheet.cells.some((cell) => cell.toWatch);
  const how = played ? " – to be played" : sheet.seen ? " – seen" : "";
  const words = allCut ? `${sheet.name}: all of it is cut` : `${sheet.name}${how}`;
  sheet.box.className = allCut ? "sheet all-cut" : sheet.seen && !played ? "sheet seen" : "sheet";
  sheet.grid.hidden = allCut;
  if (sheet.head.textContent !== words) {
    sheet.head.textContent = words;
  }
}

/** What the server has not seen shown: neither here nor in the player, or not there where it must be. */
function markMissing(sheet, { to_look_at, to_watch }) {
  const [first, last] = [sheet.cells[0], sheet.cells.at(-1)];
  const [look, watch] = [to_look_at, to_watch].map((spans) => spans.filter((span) => touches(first.moment, last.next, span)));
  sheet.cells.forEach((cell) => {
    cell.missing = look.some((span) => touches(cell.moment, cell.next, span));
    const watched = watch.some((span) => touches(cell.moment, cell.next, span));
    if (watched !== cell.toWatch) {
      cell.toWatch = watched;
      cell.button !== null && dress(cell);
    }
  });
}

function touches(from, to, [start, end]) {
  return start < to && from < end;
}

function isMissing(sheet) {
  return sheet.cells.some((cell) => cell.missing);
}

function loadNear(entries) {
  entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    const sheet = sheets.find(({ box }) => box === entry.target);
    near.unobserve(entry.target);
    furnish(sheet);
    load(sheet);
  });
}

/** The picture next to a moment: its place in its sheet, the moment that it shows, and how to fetch the sheet's file. */
export function pictureAt(moment) {
  const cells = sheets.flatMap((sheet) => sheet.cells);
  const nearest = cells.reduce((a, b) => (Math.abs(b.moment - moment) < Math.abs(a.moment - moment) ? b : a));
  const { sheet } = nearest;
  return { index: sheet.cells.indexOf(nearest), shown: nearest.moment, url: () => fetchOnce(sheet) };
}

/** Fetched once and shown from memory: an answer that may not be stored would be fetched for every picture of it. */
function fetchOnce(sheet) {
  sheet.fetched ??= askForFile(sheet.url).then(URL.createObjectURL);
  sheet.fetched.catch(() => (sheet.fetched = null)); // to be asked for again
  return sheet.fetched;
}

async function load(sheet) {
  try {
    const url = await fetchOnce(sheet);
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    sheet.cells.forEach((cell) => showOn(cell.button, url));
    sheet.picture = picture; // kept, so that it stays decoded
    sheet.loaded = true;
    sheet.cells.forEach((cell) => since.has(cell) && since.set(cell, performance.now()));
  } catch (trouble) {
    sheet.grid.before(failed(sheet, trouble));
  }
}

function failed(sheet, trouble) {
  const words = document.createElement("p");
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Load these pictures again";
  again.addEventListener("click", () => {
    words.remove();
    load(sheet);
  });
  words.append(trouble.status === undefined ? "These pictures cannot be shown. " : `${trouble.message} `, again);
  return words;
}

function watchPictures() {
  inView?.disconnect();
  since.clear();
  const margin = `0px 0px -${bar.offsetHeight}px 0px`; // what lies under the bar is not in view
  inView = new IntersectionObserver(noteInView, { threshold: IN_VIEW, rootMargin: margin });
  sheets.forEach((sheet) => sheet.cells.forEach(({ button }) => button && inView.observe(button)));
}

function noteInView(entries) {
  entries.forEach((entry) => {
    if (entry.intersectionRatio >= IN_VIEW) {
      since.set(entry.target.picture, performance.now());
    } else {
      since.delete(entry.target.picture);
    }
  });
}

/** Notes what has been looked at for long enough, and reports whole sheets. */
function look() {
  if (document.hidden) {
    return;
  }
  const now = performance.now();
  const touched = new Set();
  since.forEach((from, cell) => {
    if (cell.sheet.loaded && !cell.looked && now - from >= LOOK_MS) {
      cell.looked = true;
      touched.add(cell.sheet);
    }
  });
  touched.forEach(reportIfWhole);
}

async function reportIfWhole(sheet) {
  if (sheet.reporting || !isMissing(sheet) || sheet.cells.some((cell) => cell.missing && !cell.looked)) {
    return;
  }
  sheet.reporting = true;
  try {
    await hooks.report(sheet.number);
  } catch {
    await new Promise((over) => setTimeout(over, TRY_AGAIN_MS));
  }
  sheet.reporting = false;
  reportIfWhole(sheet); // again if it could not be reported
}

/** The button keeps the focus, so that it can be pressed again and again; once all pictures were seen it plays what must be. */
function goToNext() {
  const sheet = sheets.find(isMissing);
  if (sheet === undefined) {
    playNext();
    return;
  }
  furnish(sheet);
  const cell = sheet.cells.find(({ missing, looked }) => missing && !looked) || sheet.cells[0];
  cell.button.scrollIntoView({ block: "start" });
}

/** A little before its second begins: only whole seconds count. */
function playNext() {
  if (toWatch.length > 0) {
    hooks.chosen(Math.floor(toWatch[0][0]) - BEFORE, nextUnseen);
  }
}
