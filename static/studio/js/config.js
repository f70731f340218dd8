// What the server told the page: addresses, limits, and every text in the reader's language.

export const config = JSON.parse(document.getElementById("studio-config").textContent);

/** The text of that key, with {name} placeholders filled in. */
export function text(key, values = {}) {
  const found = config.texts[key];
  if (found === undefined) throw new Error(`no text "${key}"`);
  return found.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

const LOCALE = config.language === "zh-hans" ? "zh-CN" : config.language;
const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: config.timeZone });

/** A moment as hours and minutes in the site's time zone. */
export const clock = (moment) => CLOCK.format(moment);

/** A stretch of time in words, rounded to what a waiting person cares about. */
export function duration(seconds) {
  if (seconds < 55) return text("seconds", { count: Math.max(5, Math.ceil(seconds / 5) * 5) });
  return text("minutes", { count: Math.max(1, Math.round(seconds / 60)) });
}

/** A range of times in words: "20–40 s", "1–3 min", or a single one where both ends say the same. */
export function durationRange(low, high) {
  const from = duration(low), to = duration(high);
  if (from === to) return from;
  if (high < 55) return text("secondsRange", { low: Math.max(5, Math.ceil(low / 5) * 5), high: Math.ceil(high / 5) * 5 });
  if (low >= 55) return text("minutesRange", { low: Math.round(low / 60), high: Math.round(high / 60) });
  return text("range", { low: from, high: to });
}
