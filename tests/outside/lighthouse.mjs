// Lighthouse opens each page as a small phone on a slow line does, and gives its scores and what cost points.

import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

import { answer, asked } from "./asked.mjs";

const browser = await puppeteer.launch({ executablePath: asked.chromium, args: asked.flags });
const found = {};
for (const url of asked.urls) {
  const page = await browser.newPage();
  const { lhr } = await lighthouse(
    url,
    {
      formFactor: "mobile",
      screenEmulation: { mobile: true, width: 360, height: 740, deviceScaleFactor: 3, disabled: false },
      onlyCategories: asked.categories,
    },
    undefined,
    page,
  );
  const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(100 * score)]);
  const lost = Object.values(lhr.categories).flatMap(({ auditRefs }) =>
    auditRefs.filter(({ id, weight }) => weight && lhr.audits[id].score < 1 && lhr.audits[id].score !== null).map(({ id }) => id),
  );
  found[url] = { scores: Object.fromEntries(scores), lost, trouble: lhr.runtimeError?.code ?? "" };
  await page.close();
}
await browser.close();
answer(found);
