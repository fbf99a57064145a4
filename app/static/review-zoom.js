/* How large the pictures of the contact sheets are. The choice is kept in this browser; the picture that was first on the screen
   stays there. */

const KEY = "storyshelf-pictures";
const SIZES = ["small", "middle", "large"];

const place = document.getElementById("sheets");
const smaller = document.getElementById("pictures-smaller");
const larger = document.getElementById("pictures-larger");

export function wireZoom() {
  smaller.addEventListener("click", () => zoomBy(-1));
  larger.addEventListener("click", () => zoomBy(1));
  show(Math.max(0, SIZES.indexOf(localStorage.getItem(KEY) ?? "middle")));
}

function sizeNow() {
  return SIZES.findIndex((size) => place.classList.contains(size));
}

function zoomBy(step) {
  const first = [...place.querySelectorAll(".picture")].find((picture) => picture.getBoundingClientRect().bottom > 0);
  const size = sizeNow() + step;
  localStorage.setItem(KEY, SIZES[size]);
  show(size);
  if (first && place.getBoundingClientRect().top < 0) {
    first.scrollIntoView({ block: "start" });
  }
}

function show(size) {
  SIZES.forEach((name, index) => place.classList.toggle(name, index === size));
  smaller.disabled = size === 0;
  larger.disabled = size === SIZES.length - 1;
}
