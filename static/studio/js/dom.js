// Small words for the page: find, clone, announce, say, ask.

import { text } from "./config.js";

export const byId = (id) => document.getElementById(id);
export const cloneOf = (id) => byId(id).content.firstElementChild.cloneNode(true);
export const show = (element, visible) => { element.hidden = !visible; };
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

let toastTimer = 0;

/** A short message at the bottom of the screen, read out politely. */
export function say(message) {
  const toast = byId("toast");
  toast.hidden = false;
  toast.textContent = message;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.hidden = true; }, 4500);
}

let announcedAt = 0;
let announced = "";

/** Read a message out, but not more often than every ten seconds unless it is `urgent`. */
export function announce(message, { urgent = false } = {}) {
  const now = Date.now();
  if (message === announced || (!urgent && now - announcedAt < 10_000)) return;
  announced = message;
  announcedAt = now;
  byId("announcer").textContent = message;
}

/** Ask before something that cannot be undone; resolves to true for yes. */
export function ask({ title, body, yes }) {
  const dialog = byId("ask");
  byId("ask-title").textContent = title;
  byId("ask-text").textContent = body;
  byId("ask-yes").textContent = yes;
  return new Promise((resolve) => {
    const settle = (answer) => { dialog.close(); resolve(answer); };
    byId("ask-yes").onclick = () => settle(true);
    byId("ask-no").onclick = () => settle(false);
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
  });
}

/** Fill a list with one item per fault: its reason and, below, what to do about it. */
export function listReasons(list, reasons) {
  list.replaceChildren(...reasons.map(({ message, advice }) => {
    const item = document.createElement("li");
    item.textContent = message;
    if (advice && advice !== message) {
      const small = document.createElement("small");
      small.textContent = advice;
      item.append(small);
    }
    return item;
  }));
}

/** Say how many people a dance is for, and whether half a photo will do. */
export function drawMarks(place, { people, bodyStyle }) {
  const words = [people > 1 && text("people", { count: people }), bodyStyle === "half" && text("halfBody")].filter(Boolean);
  place.replaceChildren(...words.map((word) => {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = word;
    return mark;
  }));
}

/** Play a muted decoration video unless the reader asked for less motion. */
export function playQuietly(video) {
  if (!calm.matches && video.hasAttribute("src")) video.play().catch(() => { /* the poster stays */ });
}

/** Point a decoration video at a loop and its cover. */
export function setLoop(video, { loop, cover }) {
  if (cover) video.poster = cover;
  if (loop && video.getAttribute("src") !== loop) video.src = loop;
}
