/* A sound recording has no pictures to look at: what stays of it must have been played here. What was played is kept until
   the tab is closed, because saving the details loads the page anew. */

const SLACK = 0.5; // seconds that a player may leave out at a joint or at the end

const player = document.getElementById("player");
const key = `storyshelf-heard:${location.pathname}`;

let heard = JSON.parse(sessionStorage.getItem(key) || "[]");

/** How many seconds of these spans have not been played here. */
export function unheard(spans) {
  const left = spans.map(([start, end]) => {
    const inside = heard.map(([from, to]) => Math.max(0, Math.min(to, end) - Math.max(from, start)));
    return end - start - inside.reduce((sum, length) => sum + length, 0);
  });
  return left.filter((seconds) => seconds > SLACK).reduce((sum, seconds) => sum + seconds, 0);
}

/** Calls `then` about four times a second while something is played. */
export function whenHeard(then) {
  player.addEventListener("timeupdate", () => {
    const { played } = player;
    const spans = Array.from({ length: played.length }, (_, index) => [played.start(index), played.end(index)]);
    heard = merged([...heard, ...spans]);
    sessionStorage.setItem(key, JSON.stringify(heard));
    then();
  });
}

/** Takes all of the sound once more, range by range. A browser breaks an answer off when it has enough of it for now, and the
    server counts only what it has sent to the end. */
export async function takeAll(url) {
  let [at, size] = [0, 1];
  while (at < size) {
    const response = await fetch(url, { headers: { Range: `bytes=${at}-` } });
    const range = /^bytes \d+-(\d+)\/(\d+)$/.exec(response.headers.get("Content-Range") || "");
    await response.arrayBuffer();
    if (range === null) {
      return;
    }
    [at, size] = [Number(range[1]) + 1, Number(range[2])];
  }
}

function merged(spans) {
  const all = [];
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    if (last && start <= last[1] + 0.05) {
      last[1] = Math.max(last[1], end);
    } else {
      all.push([start, end]);
    }
  }
  return all;
}
