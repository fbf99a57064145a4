// The Markup's Blacklight looks at each page, fills in its forms and scrolls, and tells who watched that.

import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";

import blacklight from "@themarkup/blacklight-collector";

import { answer, asked } from "./asked.mjs";

const found = {};
for (const url of asked.urls) {
  const { status, hosts, reports } = await blacklight.collect(url, {
    outDir: await mkdtemp(join(asked.folder, "seen-")),
    numPages: 0, // each page is asked about by itself
    captureHar: false,
    saveScreenshots: false,
    puppeteerExecutablePath: asked.chromium,
    extraChromiumArgs: asked.flags,
  });
  found[url] = { status, hosts, reports };
}
answer(found);
