/* Single pictures of contact sheets, as buttons: where each stands in its sheet's file, and the arrow keys between them. */

import { clock } from "./review-times.js";

const COLUMNS = 6; // of a sheet's file
const ROWS = 4;

/** A button that shows picture `index` of a sheet, once it is given the file with `showOn`. */
export function makePicture(index, moment) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "picture";
  const time = document.createElement("span");
  time.textContent = clock(moment);
  button.append(time);
  const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  button.style.backgroundPosition = `${(column * 100) / (COLUMNS - 1)}% ${(row * 100) / (ROWS - 1)}%`;
  return button;
}

export function showOn(button, url) {
  button.style.backgroundImage = `url("${url}")`;
}

/** One stop for the Tab key in a grid of pictures; the arrow keys go on from there. */
export function wireGrid(grid, buttons) {
  buttons.forEach((button, index) => (button.tabIndex = index === 0 ? 0 : -1));
  grid.append(...buttons);
  grid.addEventListener("keydown", (event) => walk(grid, buttons, event));
}

function walk(grid, buttons, event) {
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  const here = buttons.indexOf(event.target.closest("button"));
  if (here < 0 || !(event.key in steps)) {
    return;
  }
  event.preventDefault();
  const next = buttons[here + steps[event.key]];
  if (next) {
    buttons[here].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}
