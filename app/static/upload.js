/* Sends a recording by tus, so that it goes on after a broken connection, a reload or a new start of the computer.

   Kept in this browser until it is done: the upload's address, which is random, under the file's size and date. Never the
   file's name, which may hold somebody's name. */

import { csrf, send } from "./asking.js";
import { filesOf, offer, wireMany } from "./upload-many.js";

const CHUNK = 32 * 1024 * 1024; // a request that a proxy in between does not give up
const RETRIES_MS = [0, 1000, 3000, 5000, 10000];
const TRY_AGAIN_MS = 15000;
const RATE_OVER_MS = 20000; // the time that is left is reckoned from the speed of this last while
const KEY = "storyshelf-upload:";

const section = document.getElementById("upload");
const part = (name) => document.getElementById(`upload-${name}`);
const chooser = document.getElementById("file");
const title = document.title;

let upload = null; // what is being sent, and nothing else at the same time
let running = false;
let rates = [];
let again = 0; // the timer of the next try while the connection is broken

/** Where tus keeps addresses: nothing but them. A browser that keeps nothing still uploads, until it is reloaded. */
const addresses = {
  async findAllUploads() {
    return keys().map(found);
  },
  async findUploadsByFingerprint(fingerprint) {
    return keys().includes(KEY + fingerprint) ? [found(KEY + fingerprint)] : [];
  },
  async removeUpload(key) {
    localStorage.removeItem(key);
  },
  async addUpload(fingerprint, { uploadUrl }) {
    try {
      localStorage.setItem(KEY + fingerprint, uploadUrl);
    } catch {
      return undefined;
    }
    return KEY + fingerprint;
  },
};

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(KEY));
  } catch {
    return [];
  }
}

function found(key) {
  return { urlStorageKey: key, uploadUrl: localStorage.getItem(key), size: null, metadata: {}, creationTime: "" };
}

async function begin(file, transcript = null) {
  part("trouble").hidden = true;
  upload = new tus.Upload(file, {
    endpoint: section.dataset.endpoint,
    headers: { "X-CSRFToken": csrf },
    metadata: { filename: file.name }, // the server takes a hint from it ("gallery view") and forgets it
    chunkSize: CHUNK,
    retryDelays: RETRIES_MS,
    urlStorage: addresses,
    fingerprint: async () => `${file.size}-${file.lastModified}`,
    removeFingerprintOnSuccess: true,
    onAfterResponse: (_request, response) => warn(response),
    onShouldRetry: (error) => worthRetrying(statusOf(error)),
    onProgress: showNumbers,
    onSuccess: () => {
      leaveFreely();
      give(transcript, upload.url).then(
        () => location.reload(),
        (error) => finish(`The recording has come. Its transcript was not taken: ${error.message}`),
      );
    },
    onError: stumbled,
  });
  const earlier = await upload.findPreviousUploads();
  if (earlier.length > 0) {
    upload.resumeFromPreviousUpload(earlier[0]);
  }
  goOn(earlier.length > 0 ? "Going on where it stopped." : "Uploading. You can leave this page open and do other things.");
}

/** The transcript follows its recording. */
async function give(transcript, address) {
  if (transcript !== null) {
    const form = new FormData();
    form.append("file", transcript, "transcript"); // a name of ours: its own may be somebody's
    await send(`${address}/transcript`, form);
  }
}

function goOn(words) {
  waitNoLonger();
  running = true;
  rates = [];
  show("work");
  part("says").textContent = words;
  part("pause").textContent = "Pause";
  addEventListener("beforeunload", askBeforeLeaving);
  upload.start();
}

function pause(words) {
  waitNoLonger();
  running = false;
  upload.abort();
  document.title = title;
  part("says").textContent = words;
  part("numbers").textContent = "";
  part("pause").textContent = "Go on";
  part("pause").focus();
}

async function throwAway() {
  const stopped = upload;
  part("stop").disabled = true;
  try {
    await stopped.abort(true);
    finish("");
  } catch (error) {
    stumbled(error);
  }
  part("stop").disabled = false;
}

function waitNoLonger() {
  clearTimeout(again);
  again = 0;
}

function stumbled(error) {
  if (!error.originalRequest) {
    finish("The file cannot be read. Perhaps it was moved or changed; please choose it again.");
    return;
  }
  if (statusOf(error) === 0) {
    part("says").textContent = "The connection is broken. It goes on by itself once it is back.";
    part("numbers").textContent = "";
    again = setTimeout(() => goOn("Trying again."), TRY_AGAIN_MS);
    return;
  }
  finish(sentenceOf(error) || "The upload did not work. Please try again, or ask IT.");
}

/** Back to the beginning, with a sentence if there is something to say. */
function finish(words) {
  waitNoLonger();
  upload = null;
  running = false;
  leaveFreely();
  document.title = title;
  part("trouble").textContent = words;
  part("trouble").hidden = !words;
  show("choose");
  chooser.value = "";
  chooser.focus();
  lookForLeft();
}

/** What the file's name warns of: the server says so as the upload begins, while another file can still be chosen. */
function warn(response) {
  const words = response.getStatus() === 201 ? response.getBody() : "";
  if (words) {
    part("warning").textContent = words;
    part("warning").hidden = false;
  }
}

function statusOf(error) {
  return error.originalResponse ? error.originalResponse.getStatus() : 0;
}

function sentenceOf(error) {
  const type = error.originalResponse.getHeader("Content-Type") || "";
  return type.startsWith("text/plain") ? error.originalResponse.getBody() : "";
}

function worthRetrying(status) {
  return status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507); // 507: the disk is full
}

function showNumbers(sent, total) {
  const permille = Math.floor((sent / total) * 1000);
  part("bar").value = permille;
  document.title = `${Math.floor(permille / 10)} % – ${title}`;
  if (sent === total) {
    part("numbers").textContent = `${bytes(total)}. Nearly done: the server checks what has come.`;
    return;
  }
  const left = timeLeft(sent, total);
  part("numbers").textContent = `${bytes(sent)} of ${bytes(total)}${left && `, ${left} left`}`;
}

function timeLeft(sent, total) {
  const now = performance.now();
  rates.push([now, sent]);
  rates = rates.filter(([then]) => now - then <= RATE_OVER_MS);
  const [then, before] = rates[0];
  if (now - then < 2000 || sent <= before) {
    return "";
  }
  const seconds = ((total - sent) * (now - then)) / 1000 / (sent - before);
  if (seconds < 90) {
    return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} seconds`;
  }
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `about ${minutes} minutes` : `about ${Math.ceil(minutes / 60)} hours`;
}

function bytes(count) {
  const [unit, step] = count >= 1e9 ? ["GB", 1e9] : count >= 1e6 ? ["MB", 1e6] : ["kB", 1e3];
  return `${(count / step).toFixed(count / step < 10 ? 1 : 0)} ${unit}`;
}

/** Shows the button to choose a file, or the work on one. */
function show(name) {
  part("choose").hidden = name !== "choose";
  part("work").hidden = name !== "work";
  part("left").hidden = true;
  part("warning").hidden = true;
}

function askBeforeLeaving(event) {
  event.preventDefault();
}

function leaveFreely() {
  removeEventListener("beforeunload", askBeforeLeaving);
}

/** Tells of an upload that an earlier page left behind, if this person's account still has it. */
async function lookForLeft() {
  const headers = { "Tus-Resumable": "1.0.0" };
  for (const { uploadUrl } of keys().map(found)) {
    const answer = await fetch(uploadUrl, { method: "HEAD", headers }).catch(() => null);
    if (answer?.ok && upload === null) {
      part("left").hidden = false;
    }
  }
}

async function forgetLeft() {
  for (const { uploadUrl, urlStorageKey } of keys().map(found)) {
    await tus.Upload.terminate(uploadUrl, { headers: { "X-CSRFToken": csrf } }).catch(() => null); // gone is as good
    localStorage.removeItem(urlStorageKey);
  }
  part("left").hidden = true;
  chooser.focus();
}

/** One file is uploaded at once; of several one is chosen first. */
function take(files) {
  if (upload !== null || files.length === 0) {
    return;
  }
  if (files.length === 1) {
    begin(files[0]);
    return;
  }
  part("trouble").hidden = true;
  offer(files)
    .then(() => (part("choose").hidden = true))
    .catch((error) => finish(error.message));
}

function dropped(event) {
  event.preventDefault();
  section.classList.remove("over");
  filesOf(event.dataTransfer)
    .then(take)
    .catch(() => finish("These files cannot be read. Please choose the recording itself."));
}

chooser.addEventListener("change", () => take([...chooser.files]));
wireMany(begin, () => finish(""));
part("pause").addEventListener("click", () => (running ? pause("Paused.") : goOn("Going on.")));
part("stop").addEventListener("click", throwAway);
part("forget").addEventListener("click", forgetLeft);
addEventListener("online", () => again !== 0 && goOn("Going on."));
// a file that is dropped beside the section would otherwise be opened in place of this page
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());
section.addEventListener("dragover", () => section.classList.add("over"));
section.addEventListener("dragleave", () => section.classList.remove("over"));
section.addEventListener("drop", dropped);
show("choose");
lookForLeft();
