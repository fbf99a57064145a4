/* What went wrong on the review page, with the one thing that helps. */

const trouble = document.getElementById("trouble");

/** `again` does once more what did not work. An `error` with `there` was somebody else's change, which the page shows now. */
export function complain(error, again) {
  const moved = (error.status === 409 && !error.there) || error.status === 401;
  const words = document.createElement("p");
  words.textContent = error.status === undefined ? "Something went wrong on this page. Please reload it." : error.message;
  const help = document.createElement("button");
  help.type = "button";
  const reload = moved || error.status === undefined;
  help.textContent = reload ? "Reload the page" : error.there ? "Make my change too" : "Try again";
  help.addEventListener("click", () => (reload ? location.reload() : again()));
  trouble.replaceChildren(words, help);
  if (error.there) {
    words.textContent = "Somebody else has changed this edit meanwhile. What they did is shown now; yours is not saved yet.";
    const leave = document.createElement("button");
    leave.type = "button";
    leave.textContent = "Leave it as it is";
    leave.addEventListener("click", hush);
    trouble.append(" ", leave);
  }
  trouble.hidden = false;
}

export function hush() {
  trouble.hidden = true;
}
