/* What the film shows: a card for each look, with a few of its pictures and what staff say of it. One choice proposes the
   cuts anew. The pictures come from the contact sheets; here they count as no look at a sheet. */

import { makePicture, showOn, wireGrid } from "./review-pictures.js";
import { pictureAt } from "./review-sheets.js";
import { stretch } from "./review-times.js";

const KINDS = [
  ["presenter", "The presenter"],
  ["page", "A page or a drawing"],
  ["participants", "Participants"],
];
const MOST_PICTURES = 6;
const SETTLE_MS = 700; // the arrow keys choose whatever they come by: only where they rest is meant

const part = document.getElementById("looks");
const list = document.getElementById("looks-list");
const more = document.getElementById("looks-more");

let cards = []; // one for each look, the biggest first
let hooks = null; // what to call: see wireLooks

/** Gets ready. `answer(number, kind)` saves what a look is, null for taking back; `chosen(moment, button)` plays from there. */
export function wireLooks(answer, chosen) {
  hooks = { answer, chosen };
  more.addEventListener("click", showAll);
}

/** Shows what is known of each look; makes the cards at first. After `showSheets`, which knows the pictures. */
export function showLooks(state) {
  part.hidden = state.looks.length === 0;
  if (cards.length === 0 && state.looks.length > 0) {
    makeCards(state.looks);
  }
  state.looks.forEach((look, index) => showCard(cards[index], look));
}

/** What is proposed, in words. */
export function howMany(state) {
  const moments = state.proposed === 1 ? "1 moment is" : `${state.proposed || "No"} moments are`;
  return `${moments} proposed to be cut now`;
}

/** The same, and how that and the cuts have changed between two states. */
export function howChanged(before, after) {
  const fewer = before.proposed - after.proposed;
  const less = secondsKept(after) - secondsKept(before);
  const many = fewer === 0 ? "as many as" : `${Math.abs(fewer)} ${fewer > 0 ? "fewer" : "more"} than`;
  const much = Math.abs(less) < 0.05 ? "as much as" : `${stretch(Math.abs(less))} ${less > 0 ? "less" : "more"} than`;
  return `${howMany(after)}, ${many} before. In all ${after.cut_says} will be cut, ${much} before.`;
}

function secondsKept(state) {
  return state.kept.reduce((sum, [start, end]) => sum + end - start, 0);
}

function makeCards(looks) {
  const near = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => load(entry.target, near)),
    { rootMargin: "50% 0px" },
  );
  cards = looks.map(makeCard);
  list.append(...cards.map((card) => card.box));
  cards.forEach((card, index) => {
    card.box.hidden = !looks[index].first;
    near.observe(card.box);
  });
  more.hidden = looks.every((look) => look.first);
  more.textContent = `Show all ${looks.length}`;
}

function makeCard(look) {
  const card = { number: look.number, settling: 0 };
  card.box = document.createElement("li");
  card.box.card = card;
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  const share = document.createElement("span");
  share.className = "quiet";
  share.textContent = look.share_says;
  legend.append(look.stays_cut ? "This stays cut: " : "What is this? ", share);
  card.choices = look.stays_cut ? [] : KINDS.map(([kind, words]) => makeChoice(card, kind, words));
  const choices = document.createElement("div");
  choices.className = "kinds";
  choices.append(...card.choices.map((choice) => choice.label));
  wireChoices(card, choices);
  group.append(legend, makePictures(card, look.examples), choices);
  card.says = document.createElement("span");
  card.says.className = "small quiet";
  card.back = document.createElement("button");
  card.back.type = "button";
  card.back.textContent = "Take back";
  card.back.setAttribute("aria-label", `Take back what this is: ${look.share_says}`);
  card.back.addEventListener("click", () => hooks.answer(card.number, null));
  const foot = document.createElement("p");
  foot.className = "foot";
  foot.append(card.says, card.back);
  card.box.append(group, foot);
  return card;
}

function makePictures(card, moments) {
  const grid = document.createElement("div");
  grid.className = moments.length > 2 ? "pictures" : "pictures few";
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", "Some of its pictures");
  card.pictures = moments.slice(0, MOST_PICTURES).map((moment) => {
    const { index, shown, url } = pictureAt(moment);
    const button = makePicture(index, shown);
    button.addEventListener("click", () => hooks.chosen(shown, button));
    return { button, url };
  });
  wireGrid(
    grid,
    card.pictures.map(({ button }) => button),
  );
  return grid;
}

function makeChoice(card, kind, words) {
  const label = document.createElement("label");
  label.className = "check";
  const radio = document.createElement("input");
  radio.type = "radio";
  radio.name = `look-${card.number}`;
  radio.value = kind;
  radio.autocomplete = "off";
  label.append(radio, ` ${words}`);
  return { label, radio };
}

function wireChoices(card, choices) {
  let byArrow = false;
  choices.addEventListener("keydown", (event) => (byArrow = event.key.startsWith("Arrow")));
  choices.addEventListener("pointerdown", () => (byArrow = false));
  choices.addEventListener("change", (event) => {
    clearTimeout(card.settling);
    const kind = event.target.value;
    card.settling = setTimeout(
      () => {
        card.settling = 0;
        hooks.answer(card.number, kind);
      },
      byArrow ? SETTLE_MS : 0,
    );
  });
}

const STAYS_CUT =
  "Several pictures at once, one that moves on and on, or too little to tell who is seen. You can keep parts of it by hand.";
const GUESSES = {
  presenter: "We take this for the presenter.",
  page: "We take this for a page or a drawing.",
};

function showCard(card, look) {
  const mine = look.answered ? look.kind : null;
  if (card.settling === 0) {
    card.choices.forEach(({ radio }) => (radio.checked = radio.value === mine));
  }
  card.says.textContent = look.stays_cut ? STAYS_CUT : look.answered ? "" : (GUESSES[look.kind] ?? "We cannot tell what this is.");
  if (!look.answered && document.activeElement === card.back) {
    (card.choices[0]?.radio ?? card.pictures[0].button).focus();
  }
  card.back.hidden = !look.answered;
}

/** To the choices of the first look that nobody has told of. */
export function nextLook() {
  const asked = cards.filter(({ choices }) => choices.length > 0);
  const card = asked.find(({ box, back }) => !box.hidden && back.hidden) ?? asked[0];
  card?.choices[0].radio.focus();
}

function load(box, near) {
  near.unobserve(box);
  box.card.pictures.forEach(({ button, url }) => {
    url().then(
      (there) => showOn(button, there),
      () => {}, // its time stays legible, and it plays from there
    );
  });
}

function showAll() {
  const first = cards.find((card) => card.box.hidden);
  cards.forEach((card) => (card.box.hidden = false));
  more.hidden = true;
  first.pictures[0].button.focus();
}
