/* A box drawn over the picture, by pointer or by keyboard: what is to be covered, or all that is to be shown. */

const STEP = 0.01; // of the picture, for each press of an arrow key
const SMALLEST = 0.01;
const GRIP = 14; // pixels around a corner that take hold of it

const layer = document.getElementById("drawing");
const frame = document.getElementById("drawn");
const says = document.getElementById("drawn-says");
const choices = document.getElementById("box-choices");
const use = document.getElementById("box-use");
const cancel = document.getElementById("box-cancel");

let picture = [1, 1]; // pixels of the recording across and down
let box = { x: 0, y: 0.75, width: 0.4, height: 0.25 }; // shares of the picture
let held = null; // what the pointer is doing
let rests = () => {}; // called when the layer goes

export function wireBoxes(onRest) {
  rests = onRest;
  layer.addEventListener("pointerdown", begin);
  layer.addEventListener("pointermove", drag);
  layer.addEventListener("pointerup", () => (held = null));
  layer.addEventListener("pointercancel", () => (held = null));
  layer.addEventListener("keydown", byKeys);
}

export function knowPicture(size) {
  picture = size ?? picture;
}

/** Offers a box to be drawn for edits to come. */
export function offerBox() {
  open(null);
}

/** Offers the box of an edit to be changed; `done(box)` is called when somebody wants it so. */
export function drawBox(edit, done) {
  const [x, y, width, height] = edit.box;
  box = { x: x / picture[0], y: y / picture[1], width: width / picture[0], height: height / picture[1] };
  open(edit);
  use.onclick = () => {
    closeBox();
    done(boxNow());
  };
  layer.focus();
  layer.scrollIntoView({ block: "nearest" });
}

export function closeBox() {
  layer.hidden = true;
  choices.hidden = true;
  rests();
}

export function isDrawing() {
  return !layer.hidden;
}

/** The box in pixels of the recording: [x, y, width, height]. */
export function boxNow() {
  const [x, y] = [Math.round(box.x * picture[0]), Math.round(box.y * picture[1])];
  const right = Math.round((box.x + box.width) * picture[0]);
  const bottom = Math.round((box.y + box.height) * picture[1]);
  return [x, y, Math.max(1, right - x), Math.max(1, bottom - y)];
}

function open(edit) {
  layer.hidden = false;
  choices.hidden = edit === null;
  cancel.onclick = closeBox;
  show();
}

function show() {
  frame.style.left = `${box.x * 100}%`;
  frame.style.top = `${box.y * 100}%`;
  frame.style.width = `${box.width * 100}%`;
  frame.style.height = `${box.height * 100}%`;
  const [x, y, width, height] = boxNow();
  const words = `Box: ${width} × ${height} pixels, ${x} from the left, ${y} from the top.`;
  if (says.textContent !== words) {
    says.textContent = words;
  }
}

function place(event) {
  const around = layer.getBoundingClientRect();
  return [clamp((event.clientX - around.left) / around.width), clamp((event.clientY - around.top) / around.height)];
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}

/** A corner is taken hold of, the box is moved, or a new one is begun. */
function begin(event) {
  event.preventDefault();
  layer.focus({ preventScroll: true }); // or the picture moves away under the pointer
  layer.setPointerCapture(event.pointerId);
  const at = place(event);
  const around = layer.getBoundingClientRect();
  const [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height];
  const near = (a, b, size) => Math.abs(a - b) * size < GRIP;
  const sides = [left, right].filter((x) => near(at[0], x, around.width));
  const ends = [top, bottom].filter((y) => near(at[1], y, around.height));
  if (sides.length > 0 && ends.length > 0) {
    held = { from: [sides[0] === left ? right : left, ends[0] === top ? bottom : top] }; // the corner across stays
  } else if (at[0] > left && at[0] < right && at[1] > top && at[1] < bottom) {
    held = { grip: [at[0] - left, at[1] - top] };
  } else {
    held = { from: at };
  }
}

function drag(event) {
  if (held === null) {
    return;
  }
  const at = place(event);
  if (held.grip) {
    moveTo(at[0] - held.grip[0], at[1] - held.grip[1]);
  } else {
    const [x, y] = [Math.min(at[0], held.from[0]), Math.min(at[1], held.from[1])];
    box = { x, y, width: Math.abs(at[0] - held.from[0]), height: Math.abs(at[1] - held.from[1]) };
    keepInside();
  }
  show();
}

function moveTo(x, y) {
  box.x = Math.min(Math.max(0, x), 1 - box.width);
  box.y = Math.min(Math.max(0, y), 1 - box.height);
}

function keepInside() {
  box.width = Math.min(1, Math.max(SMALLEST, box.width));
  box.height = Math.min(1, Math.max(SMALLEST, box.height));
  moveTo(box.x, box.y);
}

function byKeys(event) {
  const steps = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const step = steps[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  event.preventDefault();
  if (event.shiftKey) {
    box.width = Math.min(1 - box.x, box.width + step[0]);
    box.height = Math.min(1 - box.y, box.height + step[1]);
    keepInside();
  } else {
    moveTo(box.x + step[0], box.y + step[1]);
  }
  show();
}
