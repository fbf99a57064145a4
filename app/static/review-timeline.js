/* The timeline: lanes of pictures, sound, looks, findings and what is unseen, over which edits lie as blocks whose edges can
   be dragged. The list of edits has all of it for the keyboard. */

import { askForFile } from "./asking.js";
import { chooseEdit, moveEdge } from "./review-edits.js";
import { drawLanes, GAP, lanesOf } from "./review-lanes.js";
import { goTo, whenMoved } from "./review-player.js";
import { clock } from "./review-times.js";

const MOST_ZOOM = 64;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -30, PageUp: 30 }; // seconds

const part = document.getElementById("timeline");
const labels = document.getElementById("lane-names");
const scroll = document.getElementById("time-scroll");
const track = document.getElementById("time-track");
const canvas = document.getElementById("lanes");
const blocks = document.getElementById("blocks");
const head = document.getElementById("play-head");

let state = null; // as the server described it last
let told = null; // what the lanes show, whatever is edited
let lanes = [];
let strip = null; // its picture, once it is there
let zoom = 1;
let due = false; // whether the lanes are drawn anew before the next picture of the screen
let dragging = null; // the edge that is being dragged

/** Gets ready, once something is known of the recording. */
export async function wireTimeline(described, coming) {
  state = described;
  whenMoved(showHead);
  told = await coming;
  lanes = lanesOf(told);
  part.hidden = false;
  labels.replaceChildren(...lanes.map(labelOf));
  const { top, height } = lanes.at(-1);
  track.style.height = canvas.style.height = `${top + height}px`;
  scroll.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(scroll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.getElementById("zoom-in").addEventListener("click", () => zoomTo(zoom * 2));
  document.getElementById("zoom-out").addEventListener("click", () => zoomTo(zoom / 2));
  track.addEventListener("keydown", byKeys);
  track.addEventListener("pointerdown", scrub);
  track.setAttribute("aria-valuemin", state.start);
  track.setAttribute("aria-valuemax", state.end);
  showTimeline(state);
  if (told.strip) {
    loadStrip().catch(() => {}); // without it the other lanes are there all the same
  }
}

async function loadStrip() {
  const picture = new Image();
  picture.src = URL.createObjectURL(await askForFile(told.strip));
  await picture.decode();
  strip = picture;
  draw();
}

/** Shows the edits and what is unseen now. */
export function showTimeline(described) {
  state = described;
  if (told === null || dragging !== null) {
    return;
  }
  const lane = lanes.find(({ name }) => name === "edits");
  blocks.replaceChildren(...state.edits.filter((edit) => edit.on).map((edit) => blockOf(edit, lane)));
  draw();
}

function labelOf(lane) {
  const label = document.createElement("span");
  label.textContent = lane.label;
  label.style.height = `${lane.height + GAP}px`;
  return label;
}

function blockOf(edit, lane) {
  const block = document.createElement("div");
  block.className = `block ${edit.action}`;
  block.title = `${edit.says} ${edit.from} to ${edit.to}: ${edit.why}`;
  block.textContent = edit.says;
  block.style.top = `${lane.top}px`;
  block.style.height = `${lane.height}px`;
  place(block, edit);
  for (const edge of ["start", "end"]) {
    const grip = document.createElement("div");
    grip.className = `grip ${edge}`;
    grip.addEventListener("pointerdown", (event) => drag(event, edit, edge, block));
    block.append(grip);
  }
  block.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    chooseEdit(edit);
    goTo(edit.start);
  });
  return block;
}

function place(block, { start, end }) {
  const share = (moment) => `${((moment - state.start) / (state.end - state.start)) * 100}%`;
  block.style.left = share(start);
  block.style.width = share(state.start + end - start);
}

function momentAt(event) {
  const around = track.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - around.left) / around.width));
  const moment = state.start + share * (state.end - state.start);
  const rate = state.rate ?? 10;
  const first = state.first_frame ?? 0;
  return first + Math.round((moment - first) * rate) / rate;
}

/** While an edge is dragged only its block moves, and the player shows the frame there; it is saved when let go. */
function drag(event, edit, edge, block) {
  event.stopPropagation();
  event.preventDefault();
  const grip = event.target;
  grip.setPointerCapture(event.pointerId);
  dragging = { ...edit };
  const move = (moved) => {
    dragging[edge] = momentAt(moved);
    if (dragging.start < dragging.end) {
      place(block, dragging);
      goTo(dragging[edge]);
    }
  };
  const over = (ended) => {
    grip.removeEventListener("pointermove", move);
    const to = dragging[edge];
    dragging = null;
    if (ended.type === "pointerup" && to !== edit[edge]) {
      chooseEdit(edit);
      moveEdge(edit, edge, to);
    } else {
      showTimeline(state);
    }
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("pointerup", over, { once: true });
  grip.addEventListener("pointercancel", over, { once: true });
}

/** Goes to where the pointer is, and follows it. */
function scrub(event) {
  if (event.button !== 0) {
    return;
  }
  goTo(momentAt(event));
  if (event.pointerType === "touch") {
    return; // a finger scrolls
  }
  track.setPointerCapture(event.pointerId);
  const move = (moved) => goTo(momentAt(moved));
  track.addEventListener("pointermove", move);
  track.addEventListener("pointerup", () => track.removeEventListener("pointermove", move), { once: true });
}

function byKeys(event) {
  const now = Number(track.getAttribute("aria-valuenow"));
  const ends = { Home: state.start, End: state.end };
  const wanted = ends[event.key] ?? (event.key in STEPS ? now + STEPS[event.key] * (event.shiftKey ? 10 : 1) : null);
  if (wanted !== null && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    goTo(wanted);
  }
}

function zoomTo(wanted) {
  zoom = Math.min(MOST_ZOOM, Math.max(1, wanted));
  track.style.width = `${zoom * 100}%`;
  document.getElementById("zoom-out").disabled = zoom === 1;
  document.getElementById("zoom-in").disabled = zoom === MOST_ZOOM;
  const share = (Number(track.getAttribute("aria-valuenow")) - state.start) / (state.end - state.start);
  scroll.scrollLeft = share * track.clientWidth - scroll.clientWidth / 2;
  draw();
}

function showHead(moment) {
  head.style.left = `${((moment - state.start) / (state.end - state.start)) * 100}%`;
  track.setAttribute("aria-valuenow", Math.round(moment * 1000) / 1000);
  track.setAttribute("aria-valuetext", clock(moment));
}

function draw() {
  if (!due) {
    due = true;
    requestAnimationFrame(() => {
      due = false;
      canvas.style.width = `${scroll.clientWidth}px`;
      const length = state.end - state.start;
      const from = state.start + (scroll.scrollLeft / track.clientWidth) * length;
      drawLanes(canvas, lanes, told, state, strip, [from, from + (scroll.clientWidth / track.clientWidth) * length]);
    });
  }
}
