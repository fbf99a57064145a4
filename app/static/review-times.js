/* Moments as people read and write them. */

const CLOCK = /^(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,3})?)$/;
const SECONDS = /^\d{1,5}(?:[.,]\d{1,3})?$/;

/** `m:ss.t` or `h:mm:ss.t`, rounded down to tenths, as the server writes them. */
export function clock(seconds) {
  const tenths = Math.floor(Math.round(seconds * 1e6) / 1e5); // 12.3 is a little less than 12.3 in a computer
  const minutes = Math.floor(tenths / 600);
  const rest = `${String(Math.floor((tenths % 600) / 10)).padStart(2, "0")}.${tenths % 10}`;
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The seconds that somebody wrote, as `1:02:03.4`, `2:03.4` or `123.4`; null when it is none of these. */
export function parse(text) {
  const written = text.trim();
  const number = (digits) => Number(digits.replace(",", "."));
  if (SECONDS.test(written)) {
    return number(written);
  }
  const match = CLOCK.exec(written);
  if (match === null) {
    return null;
  }
  const [hours, minutes, seconds] = [number(match[1] || "0"), number(match[2]), number(match[3])];
  if (seconds >= 60 || (match[1] !== undefined && minutes >= 60)) {
    return null;
  }
  return hours * 3600 + minutes * 60 + seconds;
}

/** `24 min 3 s`, rounded up: never nothing for something that is there. */
export function stretch(seconds) {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
