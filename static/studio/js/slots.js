// The photos of the performers: one slot each, one of them in hand; what the page shows of it.

import { config, text } from "./config.js";
import { byId, cloneOf, listReasons, show } from "./dom.js";

const drop = byId("drop");
const image = byId("photo");
const progress = byId("photo-progress");

// photo: {id, waits} once the server accepted it. src: what is shown. part: of the upload, null while it is looked at.
// verdict: {title, reasons, tone, why}. work: AbortController of what is being sent. sample: the borrowed star.
const blank = () => ({ photo: null, upload: null, src: null, state: "empty", badge: "", part: 0, verdict: null, work: null, sample: null });

let slots = [blank()];
let active = 0;
let onSelect = () => {};

export const current = () => slots[active];
export const currentNumber = () => active;
export const all = () => slots;

function drawVerdict({ verdict }) {
  show(byId("photo-verdict"), verdict !== null);
  const isBad = verdict?.tone === "bad";
  for (const hint of document.querySelectorAll("[data-hint]")) {
    hint.toggleAttribute("data-on", isBad && verdict.reasons.some(({ code }) => config.hintOf[code] === hint.dataset.hint));
  }
  if (!verdict) return;
  byId("photo-verdict").dataset.tone = verdict.tone;
  byId("photo-verdict-title").replaceChildren(verdict.title, ...(verdict.why ? [" ", verdict.why] : []));
  listReasons(byId("photo-verdict-list"), verdict.reasons);
}

function drawProgress({ state, part }) {
  show(progress, state === "working");
  progress.toggleAttribute("data-busy", part === null);
  if (part === null) {
    progress.removeAttribute("aria-valuenow");
  } else {
    progress.style.setProperty("--part", part);
    progress.setAttribute("aria-valuenow", String(Math.round(part * 100)));
  }
}

function drawSlot() {
  const slot = current();
  drop.dataset.state = slot.state;
  byId("photo-badge").textContent = slot.badge;
  show(byId("photo-badge"), slot.badge !== "");
  show(byId("photo-clear"), slot.state !== "empty");
  show(image, slot.src !== null);
  if (slot.src === null) image.removeAttribute("src");
  else if (image.src !== slot.src) image.src = slot.src;
  byId("drop-title").textContent = slots.length > 1 ? text("performerPhoto", { number: active + 1 }) : text("addPhoto");
  for (const sample of document.querySelectorAll(".sample")) sample.setAttribute("aria-pressed", String(sample.dataset.sample === slot.sample));
  drawProgress(slot);
  drawVerdict(slot);
}

function drawPerformers() {
  show(byId("performers"), slots.length > 1);
  for (const [number, button] of byId("performer-row").querySelectorAll("button").entries()) {
    const slot = slots[number];
    const picture = button.querySelector("img");
    button.setAttribute("aria-pressed", String(number === active));
    button.dataset.state = slot.state;
    button.querySelector(".performer-state").textContent = text(`performer_${slot.state}`);
    show(picture, slot.src !== null);
    if (slot.src !== null) picture.src = slot.src;
  }
}

/** Write to a slot, and show it where it is the one in hand. */
export function change(slot, changes) {
  if (changes.src !== undefined && slot.src?.startsWith("blob:") && slot.src !== changes.src) URL.revokeObjectURL(slot.src);
  Object.assign(slot, changes);
  if (slot === current()) drawSlot();
  drawPerformers();
}

/** Forget a slot's photo; the server's copy stays until it is deleted. */
export function clear(slot) {
  slot.work?.abort();
  change(slot, blank());
}

/** Take a performer's slot in hand. */
export function select(number) {
  active = number;
  drawSlot();
  drawPerformers();
  onSelect(number);
}

/** As many slots as performers; photos that are there stay with the first ones. */
export function setCount(count) {
  for (const slot of slots.slice(count)) slot.work?.abort();
  slots = Array.from({ length: count }, (_, number) => slots[number] ?? blank());
  byId("performer-row").replaceChildren(...slots.map((_, number) => {
    const item = cloneOf("performer-fragment");
    item.querySelector(".performer-name").textContent = text("performer", { number: number + 1 });
    item.querySelector("button").dataset.performer = String(number + 1);
    item.querySelector("button").addEventListener("click", () => select(number));
    return item;
  }));
  const open = slots.findIndex(({ photo }) => photo === null);
  select(open < 0 ? 0 : open);
}

/** After one photo is fine: on to the next performer who has none. */
export function selectNext() {
  const open = slots.findIndex(({ state }) => state === "empty");
  if (open >= 0) select(open);
}

/** Wire up; `selected` hears which performer is in hand. */
export function start({ selected }) {
  onSelect = selected;
}
