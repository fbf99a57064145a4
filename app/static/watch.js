// Comforts of a storytime's page, where scripts run: speed, size of the picture, preview pictures. It remembers nothing.

const player = document.querySelector("video, audio");
const MOST_PICTURES = 20;

function say(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function speed(select) {
  select.addEventListener("change", () => {
    player.defaultPlaybackRate = player.playbackRate = Number(select.value);
  });
}

// The plain film is what plays unless somebody chooses otherwise here.
function picture(select) {
  let hls = null;
  const playlist = "application/vnd.apple.mpegurl";

  async function show(url, type, from) {
    if (type !== playlist || player.canPlayType(playlist)) {
      if (url) {
        player.src = url;
      } else {
        player.removeAttribute("src"); // the page's own sources count again
        player.load();
      }
      player.currentTime = from;
      return;
    }
    const { default: Hls } = await import(new URL(select.dataset.hls, location.href).href);
    if (!Hls.isSupported()) {
      throw new Error("no media source");
    }
    // no worker: our policy allows none, and one film needs none
    hls = new Hls({ enableWorker: false, startPosition: from });
    hls.loadSource(url);
    hls.attachMedia(player);
  }

  select.addEventListener("change", async () => {
    const { currentTime, paused, playbackRate } = player;
    const chosen = select.selectedOptions[0];
    hls?.destroy();
    hls = null;
    try {
      await show(chosen.value, chosen.dataset.type, currentTime);
    } catch {
      select.value = "";
      await show("", "", currentTime);
    }
    player.playbackRate = playbackRate;
    if (!paused) {
      player.play().catch(() => {});
    }
  });
}

function seconds(time) {
  return time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

function read(cues, base) {
  const found = [];
  for (const [, start, name, x, y, width, height] of cues.matchAll(
    /^(\d[\d:.]*) --> .*\n([\w.-]+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm,
  )) {
    found.push({ start: seconds(start), url: new URL(name, base).href, x, y, width, height });
  }
  return found;
}

function button(part, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "frame";
  made.style.width = `${part.width}px`;
  made.style.height = `${part.height}px`;
  made.style.backgroundImage = `url("${part.url}")`;
  made.style.backgroundPosition = `-${part.x}px -${part.y}px`;
  made.setAttribute("aria-label", `${label} ${say(part.start)}`);
  const time = document.createElement("span");
  time.textContent = say(part.start);
  made.append(time);
  made.addEventListener("click", () => {
    player.currentTime = part.start;
    player.play().catch(() => {});
    player.scrollIntoView({ block: "nearest" });
  });
  return made;
}

// Asked for only once somebody opens it: pictures cost data.
function storyboard(details) {
  details.addEventListener(
    "toggle",
    async () => {
      const url = new URL(details.dataset.storyboard, location.href);
      try {
        const answer = await fetch(url);
        const parts = answer.ok ? read(await answer.text(), url) : [];
        const step = Math.ceil(parts.length / MOST_PICTURES) || 1;
        const shown = parts.filter((_, place) => place % step === 0);
        details.querySelector(".frames").append(...shown.map((part) => button(part, details.dataset.label)));
        details.hidden = shown.length === 0;
      } catch {
        details.hidden = true;
      }
    },
    { once: true },
  );
}

if (player) {
  for (const [id, start] of Object.entries({ speed, picture, storyboard })) {
    const part = document.getElementById(id);
    if (part) {
      start(part);
    }
  }
  for (const part of document.querySelectorAll("[data-scripted]")) {
    part.hidden = false;
  }
}
