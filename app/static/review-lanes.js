/* Drawing the lanes of the timeline: only what is in view, on one canvas. Drawn here, because a waveform is a bar for each
   pixel, and the lanes must share one scale and one zoom. */

export const HEIGHTS = { pictures: 54, sound: 40, edits: 30, looks: 14, finding: 12, unseen: 14, unheard: 14 };
export const GAP = 4;

const KINDS = { presenter: "--good", page: "--focus", participants: "--bad" };

/** The lanes of a recording, from the top: { name, top, height, label }. */
export function lanesOf(told) {
  const names = [
    ...(told.strip ? [["pictures", "Pictures"]] : []),
    ...(told.peaks.length > 0 ? [["sound", "Sound"]] : []),
    ["edits", "Edits"],
    ...(told.looks.length > 0 ? [["looks", "Looks"]] : []),
    ...told.findings.map(({ kind, says }) => [kind, says]),
    ["unseen", "Unseen"],
    ...(told.peaks.length > 0 ? [["unheard", "Unheard"]] : []),
  ];
  let top = 0;
  return names.map(([name, label]) => {
    const lane = { name, label, top, height: HEIGHTS[name] ?? HEIGHTS.finding };
    top += lane.height + GAP;
    return lane;
  });
}

/** Draws what lies between two moments. `strip` is the picture of the strip, or null while it is not there. */
export function drawLanes(canvas, lanes, told, state, strip, [from, to]) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const dense = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  const pen = canvas.getContext("2d");
  pen.scale(dense, dense);
  const colours = getComputedStyle(canvas);
  const colour = (name) => colours.getPropertyValue(name);
  const at = (moment) => ((moment - from) / (to - from)) * width;
  const bars = (lane, spans, name) => {
    pen.fillStyle = colour(name);
    spans
      .filter(([start, end]) => end > from && start < to)
      .forEach(([start, end]) => pen.fillRect(at(start), lane.top, Math.max(1.5, at(end) - at(start)), lane.height));
  };
  for (const lane of lanes) {
    pen.fillStyle = colour("--warm");
    pen.fillRect(0, lane.top, width, lane.height);
    if (lane.name === "pictures") {
      drawStrip(pen, lane, told, strip, { at, width, end: state.end });
    } else if (lane.name === "sound") {
      pen.fillStyle = colour("--quiet");
      drawSound(pen, lane, told, { from, to, width });
    } else if (lane.name === "looks") {
      const kinds = new Map(state.looks.map((look) => [look.number, look.kind]));
      told.looks.forEach((look) => bars(lane, look.spans, KINDS[kinds.get(look.number)] ?? "--quiet"));
    } else if (lane.name === "unseen") {
      bars(lane, state.unseen, "--brand");
    } else if (lane.name === "unheard") {
      bars(lane, state.unheard, "--line");
      bars(lane, state.owed, "--brand"); // what must be heard
    } else {
      bars(lane, told.findings.find(({ kind }) => kind === lane.name)?.spans ?? [], "--quiet");
    }
  }
}

/** As many pictures side by side as fit, each the one that is shown where it stands. */
function drawStrip(pen, lane, told, strip, { at, width }) {
  const moments = told.strip_moments;
  if (strip === null) {
    return;
  }
  const across = strip.naturalWidth / told.strip_columns;
  const down = (across * 9) / 16;
  const shown = (lane.height * 16) / 9;
  let next = 0;
  for (let left = 0; left < width; left += shown) {
    while (next + 1 < moments.length && at(moments[next + 1]) <= left + shown / 2) {
      next += 1;
    }
    const [column, row] = [next % told.strip_columns, Math.floor(next / told.strip_columns)];
    pen.drawImage(strip, column * across, row * down, across, down, left, lane.top, shown, lane.height);
  }
}

function drawSound(pen, lane, told, { from, to, width }) {
  const middle = lane.top + lane.height / 2;
  for (let x = 0; x < width; x += 1) {
    const first = Math.floor((from + ((to - from) * x) / width) * told.peaks_a_second);
    const last = Math.max(first + 1, Math.floor((from + ((to - from) * (x + 1)) / width) * told.peaks_a_second));
    const peak = Math.max(0, ...told.peaks.slice(Math.max(0, first), last));
    const half = Math.max(0.5, (peak / 255) * (lane.height / 2));
    pen.fillRect(x, middle - half, 1, 2 * half);
  }
}
