/* The list of cuts: each may be switched off and on, moved, played and, if it is one's own, removed. */

import { playFrom } from "./review-player.js";
import { clock, parse } from "./review-times.js";

const BEFORE = 2; // seconds shown before a cut that is played

const list = document.getElementById("cuts");
const undo = document.getElementById("undo");

let change = null; // changes the list on the server
let past = []; // the lists before each change, the latest last

/** Gets ready; `changed(how)` is called with a function from the list of [start, end] to the new one. */
export function wireCuts(changed) {
  change = (how) => changed(how, (before) => remember(before));
  undo.addEventListener("click", () => {
    const before = past.at(-1);
    changed(
      () => before,
      () => {
        past.pop();
        undo.disabled = past.length === 0;
      },
    );
  });
}

/** Adds a cut. */
export function addCut(span) {
  change((cuts) => [...cuts, span]);
}

/** What was changed so far is not undone any more: the cuts have been proposed anew since. */
export function forgetChanges() {
  past = [];
  undo.disabled = true;
}

function remember(before) {
  past.push(before);
  undo.disabled = false;
}

/** Shows every cut that is in force, and those that were proposed and switched off. */
export function showCuts(state) {
  const held = holdOn(document.activeElement);
  list.replaceChildren(...state.cuts.map((cut) => rowOf(cut, state)));
  if (state.cuts.length === 0) {
    const none = document.createElement("li");
    none.textContent = "Nothing is cut.";
    list.append(none);
  }
  if (held) {
    takeUp(held);
  }
}

/** The list is made anew at each change: whoever was at a control stays at it, with what was typed there meanwhile. */
function holdOn(control) {
  if (!list.contains(control)) {
    return null;
  }
  const typed = control.type === "text" && control.value !== control.defaultValue ? control.value : null;
  return { part: control.dataset.part, start: Number(control.dataset.start), typed };
}

function takeUp({ part, start, typed }) {
  const distance = (control) => Math.abs(Number(control.dataset.start) - start);
  const same = [...list.querySelectorAll(`[data-part="${part}"]:enabled`)];
  const nearest = same.sort((a, b) => distance(a) - distance(b))[0];
  (nearest || undo).focus();
  if (nearest && typed !== null && distance(nearest) === 0) {
    nearest.value = typed;
  }
}

function rowOf(cut, state) {
  const row = document.createElement("li");
  row.className = cut.on ? "" : "off";
  const line = document.createElement("div");
  line.className = "line";
  const name = `${cut.from} to ${cut.to}`;
  line.append(cut.proposed ? toggle(cut, name) : "", time(cut, "start", "From", state), time(cut, "end", "to", state));
  line.append(button(cut, "play", "Play", `Play ${name}`, () => playFrom(cut.start - BEFORE, cut.end)));
  if (!cut.proposed) {
    line.append(button(cut, "remove", "Remove", `Remove the cut ${name}`, () => change((cuts) => without(cuts, cut))));
  }
  const why = document.createElement("p");
  why.className = "small quiet";
  why.textContent = `${cut.on ? "" : "Not cut, though proposed: "}${cut.why}`;
  row.append(line, why);
  return row;
}

function toggle(cut, name) {
  const label = document.createElement("label");
  label.className = "check";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = cut.on;
  box.setAttribute("aria-label", `Cut ${name}`);
  mark(box, "toggle", cut);
  box.addEventListener("change", () =>
    change((cuts) => (box.checked ? [...cuts, [cut.start, cut.end]] : without(cuts, cut))),
  );
  label.append(box, " Cut");
  return label;
}

function time(cut, edge, words, state) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "text";
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.defaultValue = edge === "start" ? cut.from : cut.to;
  input.disabled = !cut.on;
  input.setAttribute("aria-label", `${edge === "start" ? "Start" : "End"} of the cut ${cut.from} to ${cut.to}`);
  mark(input, edge, cut);
  input.addEventListener("change", () => move(cut, edge, input, state));
  label.append(words, input);
  return label;
}

function move(cut, edge, input, state) {
  const written = parse(input.value);
  const moved = [cut.start, cut.end];
  moved[edge === "start" ? 0 : 1] = written ?? NaN;
  let trouble = "";
  if (written === null) {
    trouble = "Please write a time like 1:23.4";
  } else if (moved[0] >= moved[1]) {
    trouble = "A cut ends after it starts.";
  } else if (moved[0] >= state.end || moved[1] <= state.start) {
    trouble = `The recording goes from ${clock(state.start)} to ${clock(state.end)}.`;
  }
  complain(input, trouble);
  if (!trouble) {
    change((cuts) => [...without(cuts, cut), moved]);
  }
}

function complain(input, trouble) {
  const row = input.closest("li");
  row.querySelector(".field-error")?.remove();
  input.toggleAttribute("aria-invalid", trouble !== "");
  if (trouble) {
    const words = document.createElement("p");
    words.className = "field-error small";
    words.setAttribute("role", "alert");
    words.textContent = trouble;
    row.append(words);
  }
}

function button(cut, part, words, name, then) {
  const pressed = document.createElement("button");
  pressed.type = "button";
  pressed.textContent = words;
  pressed.setAttribute("aria-label", name);
  mark(pressed, part, cut);
  pressed.addEventListener("click", then);
  return pressed;
}

function mark(control, part, cut) {
  control.dataset.part = part;
  control.dataset.start = cut.start;
}

function without(cuts, cut) {
  return cuts.filter(([start, end]) => start !== cut.start || end !== cut.end);
}
