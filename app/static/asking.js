/* Asking the server, for every script of the staff pages: the form's token goes along, and troubles are sentences. */

export const csrf = document.querySelector('meta[name="csrf-token"]').content;

const NOT_REACHED = "The server does not answer. Nothing is lost; please check the connection and try again.";
const NO_SENTENCE = "That did not work. Please try again, or ask IT.";

/** Something that did not work: `message` is a sentence for people, `status` the HTTP status, 0 without an answer. */
export class Trouble extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/** The answer as JSON. Throws Trouble. */
export async function ask(url, method = "GET", body = undefined) {
  const response = await reach(url, method, body);
  return response.json();
}

/** The answer as a Blob. Throws Trouble. */
export async function askForFile(url) {
  const response = await reach(url, "GET");
  return response.blob();
}

/** Sends a form, a file in it perhaps; nothing is answered. Throws Trouble. */
export async function send(url, form) {
  await reach(url, "POST", form);
}

async function reach(url, method, body) {
  // asking for JSON tells the server to answer with a bare sentence, not with a page
  const headers = { Accept: "application/json", "X-CSRFToken": csrf };
  const asForm = body instanceof FormData; // for which the browser itself says what it is
  if (body !== undefined && !asForm) {
    headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(url, { method, headers, body: asForm ? body : JSON.stringify(body) });
  } catch {
    throw new Trouble(NOT_REACHED, 0);
  }
  if (!response.ok) {
    throw new Trouble(await sentenceOf(response), response.status);
  }
  return response;
}

async function sentenceOf(response) {
  const isText = (response.headers.get("Content-Type") || "").startsWith("text/plain");
  return (isText && (await response.text())) || NO_SENTENCE;
}
