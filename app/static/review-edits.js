/* The list of edits: each may be moved, nudged frame by frame, split, joined, played and, if it is one's own, removed; what
   was proposed may be switched off and on. */

import { drawBox } from "./review-boxes.js";
import { playFrom, whereNow } from "./review-player.js";
import { clock, parse } from "./review-times.js";

const BEFORE = 2; // seconds shown before an edit that is played

const list = document.getElementById("cuts");
const undo = document.getElementById("undo");

let state = null; // as the server described it last
let change = null; // changes the list on the server
let chosen = null; // the edit whose tools are shown, besides the one that has the focus

/** Gets ready; `changed(how)` is called with a function from the list of edits to the new one. */
export function wireEdits(changed) {
  change = changed;
}

/** What is saved of an edit. */
export function bare({ action, start, end, box }) {
  return box ? { action, start, end, box } : { action, start, end };
}

export function addEdit(edit) {
  chosen = edit;
  change((edits) => [...edits, edit]);
}

/** Puts another edit in the place of one. */
export function replaceEdit(edit, ...others) {
  chosen = others[0] ?? null;
  change((edits) => [...edits.filter((other) => !same(other, edit)), ...others]);
}

export function chooseEdit(edit) {
  chosen = edit;
  [...list.children].forEach((row) => row.classList.toggle("chosen", row.edit !== undefined && same(row.edit, edit)));
  list.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
}

/** The edit whose tools are shown, or the first one that holds this moment. */
export function editAt(moment) {
  const inForce = state.edits.filter((edit) => edit.on);
  return inForce.find((edit) => chosen !== null && same(edit, chosen)) ?? inForce.find((e) => e.start <= moment && moment < e.end);
}

/** In two at this moment; in the middle when it lies outside. */
export function splitEdit(edit, moment) {
  const inside = edit.start < moment && moment < edit.end;
  const at = onFrame(inside ? moment : (edit.start + edit.end) / 2);
  if (edit.start < at && at < edit.end) {
    replaceEdit(edit, { ...bare(edit), end: at }, { ...bare(edit), start: at });
  }
}

/** Takes one out; what was proposed stays in the list, switched off. */
export function removeEdit(edit) {
  replaceEdit(edit);
}

/** Shows every edit that is in force, and the cuts that were proposed and switched off. */
export function showEdits(described) {
  state = described;
  const held = holdOn(document.activeElement);
  list.replaceChildren(...state.edits.map(rowOf));
  if (state.edits.length === 0) {
    const none = document.createElement("li");
    none.textContent = "Nothing is cut.";
    list.append(none);
  }
  if (held) {
    takeUp(held);
  }
}

function same(a, b) {
  return a.action === b.action && a.start === b.start && a.end === b.end && String(a.box ?? "") === String(b.box ?? "");
}

function onFrame(moment, frames = 0) {
  const [rate, first] = [state.rate ?? 10, state.first_frame ?? 0]; // of sound, tenths of a second
  return round(first + (Math.round((moment - first) * rate) + frames) / rate);
}

function round(seconds) {
  return Math.round(seconds * 1e6) / 1e6;
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
  const candidates = [...list.querySelectorAll(`[data-part="${part}"]:enabled`)];
  const nearest = candidates.sort((a, b) => distance(a) - distance(b))[0];
  nearest?.closest("li").classList.add("chosen"); // or it could not take the focus
  (nearest || undo).focus();
  if (nearest && typed !== null && distance(nearest) === 0) {
    nearest.value = typed;
  }
}

function rowOf(edit) {
  const row = document.createElement("li");
  row.edit = edit;
  row.className = `${edit.on ? "" : "off"} ${edit.action}${chosen && same(edit, chosen) ? " chosen" : ""}`.trim();
  const line = document.createElement("div");
  line.className = "line";
  const name = `${edit.from} to ${edit.to}`;
  const kind = document.createElement("span");
  kind.className = "kind";
  kind.textContent = edit.says;
  line.append(edit.proposed ? toggle(edit, name) : kind, time(edit, "start", "From"), time(edit, "end", "to"));
  line.append(button(edit, "play", "Play", `Play ${name}`, () => playFrom(edit.start - BEFORE, edit.end)));
  if (!edit.proposed) {
    line.append(button(edit, "remove", "Remove", `Remove the ${edit.action} ${name}`, () => removeEdit(edit)));
  }
  const why = document.createElement("p");
  why.className = "small quiet";
  why.textContent = `${edit.on ? "" : "Not cut, though proposed: "}${edit.why}`;
  row.append(line, why);
  if (edit.on) {
    row.append(tools(edit, name));
    row.addEventListener("click", () => chooseEdit(edit));
  }
  return row;
}

function toggle(edit, name) {
  const label = document.createElement("label");
  label.className = "check";
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = edit.on;
  box.setAttribute("aria-label", `Cut ${name}`);
  mark(box, "toggle", edit);
  box.addEventListener("change", () => (box.checked ? addEdit(bare(edit)) : removeEdit(edit)));
  label.append(box, " Cut");
  return label;
}

function tools(edit, name) {
  const row = document.createElement("div");
  row.className = "line tools";
  const nudge = (part, words, edge, frames) => {
    const says = `${edge === "start" ? "Start" : "End"} of ${name} one frame ${frames < 0 ? "earlier" : "later"}`;
    return button(edit, part, words, says, () => moveEdge(edit, edge, onFrame(edit[edge], frames)));
  };
  row.append("Start", nudge("start-less", "−", "start", -1), nudge("start-more", "+", "start", 1));
  row.append("End", nudge("end-less", "−", "end", -1), nudge("end-more", "+", "end", 1));
  row.append(button(edit, "split", "Split", `Split ${name} at the player`, () => splitEdit(edit, whereNow())));
  const next = nextLike(edit);
  if (next) {
    const joined = { ...bare(edit), end: Math.max(edit.end, next.end) };
    const join = () => change((edits) => [...edits.filter((other) => !same(other, edit) && !same(other, next)), joined]);
    row.append(button(edit, "join", "Join with next", `Join ${name} with ${next.from} to ${next.to}`, join));
  }
  if (edit.box) {
    const redraw = (box) => replaceEdit(edit, { ...bare(edit), box });
    row.append(button(edit, "box", "Change box", `Change box of ${name}`, () => drawBox(edit, redraw)));
  }
  return row;
}

function nextLike(edit) {
  const like = (other) => other.on && other.action === edit.action && String(other.box) === String(edit.box);
  return state.edits.find((other) => like(other) && other.start > edit.start);
}

/** Moves the start or end to a moment, if something is left then. */
export function moveEdge(edit, edge, moment) {
  const moved = { ...bare(edit), [edge]: round(Math.min(Math.max(moment, state.start), state.end)) };
  if (moved.start < moved.end) {
    replaceEdit(edit, moved);
  }
}

function time(edit, edge, words) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "text";
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.defaultValue = edge === "start" ? edit.from : edit.to;
  input.disabled = !edit.on;
  input.setAttribute("aria-label", `${edge === "start" ? "Start" : "End"} of the ${edit.action} ${edit.from} to ${edit.to}`);
  mark(input, edge, edit);
  input.addEventListener("change", () => write(edit, edge, input));
  label.append(words, input);
  return label;
}

function write(edit, edge, input) {
  const written = parse(input.value);
  const moved = { ...bare(edit), [edge]: written ?? NaN };
  let trouble = "";
  if (written === null) {
    trouble = "Please write a time like 1:23.4";
  } else if (moved.start >= moved.end) {
    trouble = `A ${edit.action} ends after it starts.`;
  } else if (moved.start >= state.end || moved.end <= state.start) {
    trouble = `The recording goes from ${clock(state.start)} to ${clock(state.end)}.`;
  }
  complain(input, trouble);
  if (!trouble) {
    replaceEdit(edit, moved);
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

function button(edit, part, words, name, then) {
  const pressed = document.createElement("button");
  pressed.type = "button";
  pressed.textContent = words;
  pressed.setAttribute("aria-label", name);
  mark(pressed, part, edit);
  pressed.addEventListener("click", then);
  return pressed;
}

function mark(control, part, edit) {
  control.dataset.part = part;
  control.dataset.start = edit.start;
}
