// html-validate reads each page.

import { HtmlValidate, StaticConfigLoader } from "html-validate";

import { answer, asked } from "./asked.mjs";

const validator = new HtmlValidate(
  new StaticConfigLoader({
    root: true,
    extends: ["html-validate:recommended", "html-validate:document"],
    rules: {
      // what is off or narrower here is taste; each says why
      "aria-label-misuse": ["error", { allowAnyNamable: true }], // a list may have a name
      "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "submit"] }], // boxes of one question share its name
      "long-title": "off", // the library's name and a storytime's are as long as they are
      "no-implicit-button-type": "off", // a button of a form sends it, as HTML has it
      "require-sri": ["error", { target: "crossorigin" }], // our own server's files are those it serves
      "wcag/h32": "off", // a form of boxes that a script reads sends nothing, and keeps browsers from bringing back their ticks
    },
  }),
);

const found = {};
for (const [name, text] of Object.entries(asked.pages)) {
  const { results } = await validator.validateString(text, `${name}.html`);
  found[name] = results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, selector }) => `${line}: ${ruleId}: ${message} (${selector})`),
  );
}
answer(found);
