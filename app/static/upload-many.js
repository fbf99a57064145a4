/* Several files, or a whole folder, as a meeting leaves them behind: which one is to be uploaded is chosen here. Their names
   are shown here and asked about, and kept nowhere. */

import { ask } from "./asking.js";

const place = document.getElementById("upload-many");
const list = document.getElementById("upload-many-list");
const go = document.getElementById("upload-many-go");
const cancel = document.getElementById("upload-many-cancel");
const words = document.getElementById("upload-many-words");
const transcript = document.getElementById("upload-many-transcript");

let begin = null; // uploads one file

/** Gets ready; `chosen(file, transcript)` uploads one, with a transcript or none; `left()` is called when none is wanted. */
export function wireMany(chosen, left) {
  begin = chosen;
  cancel.addEventListener("click", () => {
    place.hidden = true;
    left();
  });
}

/** Shows what each of several files is, the safest one chosen. */
export async function offer(files) {
  const { files: kinds, best } = await ask(place.dataset.url, "POST", { names: files.map((file) => file.name) });
  list.replaceChildren(...files.map((file, index) => rowOf(file, index, kinds[index], index === best)));
  const said = files.filter((_, index) => kinds[index].words); // of two, nobody knows which is whose
  words.hidden = said.length !== 1;
  go.disabled = best === null;
  go.onclick = () => {
    const wanted = list.querySelector("input:checked");
    if (wanted) {
      place.hidden = true;
      begin(files[Number(wanted.value)], said.length === 1 && transcript.checked ? said[0] : null);
    }
  };
  list.onchange = () => (go.disabled = false);
  place.hidden = false;
  (list.querySelector("input:checked") ?? cancel).focus();
}

function rowOf(file, index, { takes, says }, best) {
  const row = document.createElement("li");
  const label = document.createElement(takes ? "label" : "p");
  if (takes) {
    const choice = document.createElement("input");
    choice.type = "radio";
    choice.name = "upload-many";
    choice.value = String(index);
    choice.checked = best;
    label.className = "check";
    label.append(choice, " ");
  }
  const name = document.createElement("strong");
  name.textContent = file.name;
  const words = document.createElement("span");
  words.className = "quiet small";
  words.textContent = ` ${says}`;
  const both = document.createElement("span");
  both.append(name, words);
  label.append(both);
  row.append(label);
  return row;
}

/** Every file of what was dropped, those of folders and folders in them too. */
export async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry);
  return entries.length > 0 ? (await Promise.all(entries.map(within))).flat() : [...transfer.files];
}

async function within(entry) {
  if (entry.isFile) {
    return [await new Promise((done, failed) => entry.file(done, failed))];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at a time
    if (some.length === 0) {
      return (await Promise.all(found.map(within))).flat();
    }
    found.push(...some);
  }
}
