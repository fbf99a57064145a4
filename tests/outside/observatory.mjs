// Mozilla's HTTP Observatory grades the headers of a page.

import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { scan } from "@mdn/mdn-http-observatory";

import { answer, asked } from "./asked.mjs";

// Its list of hosts that browsers know to be HTTPS comes by a download. No host of ours is on it.
const list = join(dirname(createRequire(import.meta.url).resolve("@mdn/mdn-http-observatory")), "..", "conf", "hsts-preload.json");
if (!existsSync(list)) {
  writeFileSync(list, "{}");
}
answer(await scan(asked.page));
