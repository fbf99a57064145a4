// pa11y judges each page by WCAG 2 AA with both of its runners, everything that folds opened before.

import pa11y from "pa11y";
import puppeteer from "puppeteer-core";

import { answer, asked } from "./asked.mjs";

const browser = await puppeteer.launch({ executablePath: asked.chromium, args: asked.flags });
const found = {};
for (const scheme of ["light", "dark"]) {
  for (const { url, words } of asked.pages) {
    const page = await browser.newPage();
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url);
    if (words) {
      await page.type("#words", words);
      await Promise.all([page.waitForNavigation(), page.click("#search button")]);
    }
    for (const summary of await page.$$("summary")) {
      if (await summary.isVisible()) {
        await summary.click();
      }
    }
    const { issues } = await pa11y(page.url(), {
      browser,
      page,
      ignoreUrl: true, // it is there already
      standard: "WCAG2AA",
      runners: ["axe", "htmlcs"],
      viewport: { width: 360, height: 740 },
    });
    found[`${page.url()} ${scheme}`] = issues.map(({ code, selector }) => `${code} ${selector}`);
    await page.close();
  }
}
await browser.close();
answer(found);
