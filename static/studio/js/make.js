// Photos, length, consent and the big button: from a chosen dance to a submitted job.

import * as consent from "./consent.js";
import * as slots from "./slots.js";
import { freshKey, jobSubmit, photoCheck, reasonsOf, uploadDelete, uploadSend } from "./api.js";
import { config, text } from "./config.js";
import { announce, byId, drawMarks, playQuietly, say, setLoop, show } from "./dom.js";
import { PictureFault, prepare } from "./picture.js";

let template = null;
let attempt = null; // {body, key}: the same submission keeps its key until it is answered
let sending = false;
let onSubmitted = () => {};

const drop = byId("drop");

const withAdvice = ({ code, message, advice }) => ({ code, message, advice: advice ?? config.adviceOf[code] });

function titleOf(error) {
  if (error.code === "content_blocked") return text("photoBlocked");
  if (error.code === "account_suspended") return text("accountSuspended");
  return error instanceof PictureFault || error.status === 400 || error.status === 413 || error.status === 422 ? text("photoUnsuitable") : text("notSent");
}

/** A link from a refusal to the statement of reasons, where it has one. */
function whyLink(error) {
  const path = error.details?.statement ? error.details.statement : error.code === "content_blocked" ? `for/upload/${error.details.upload}` : null;
  if (!path) return null;
  const link = document.createElement("a");
  link.href = config.urls.decisions + path;
  link.textContent = text("whyLink");
  return link;
}

function refuse(slot, title, reasons, error = {}) {
  const verdict = { title, reasons: reasons.map(withAdvice), tone: "bad", why: whyLink(error) };
  slots.change(slot, { photo: null, state: "bad", badge: text("photoBad"), verdict });
}

/** Forget the photo that is shown; the server's copy stays until it is deleted. */
export function clearPhoto() {
  slots.clear(slots.current());
  byId("go-why").textContent = "";
}

/** Ask the server whether an accepted upload can dance the chosen template, and show its answer. */
async function judge(slot, signal) {
  const { upload } = slot;
  slots.change(slot, { photo: null, state: "working", badge: text("photoLooking"), part: null, verdict: null });
  const asked = template;
  const check = await photoCheck(upload.id, asked?.slug ?? null, signal);
  if (signal.aborted) return;
  upload.checkedFor = asked?.bodyStyle ?? "full";
  if (!check.passed) {
    refuse(slot, text("photoUnsuitable"), check.faults);
    return;
  }
  let verdict = null;
  if (upload.waits) verdict = { title: text("photoReviewTitle"), reasons: [{ message: text("photoReviewText") }], tone: "wait" };
  else if (check.faults.length) verdict = { title: text("photoNote"), reasons: check.faults.map(withAdvice), tone: "wait" };
  slots.change(slot, { photo: upload, state: "good", badge: upload.waits ? text("photoReview") : text("photoGood"), verdict });
  announce(upload.waits ? text("photoReviewText") : text("photoGood"), { urgent: true });
  if (slot === slots.current() && verdict === null) slots.selectNext();
}

async function send(slot, file, signal) {
  const prepared = await prepare(file);
  if (signal.aborted) return;
  slots.change(slot, { src: prepared.preview, state: "working", badge: text("photoSending"), part: 0 });
  const onProgress = (part) => slots.change(slot, { part });
  const upload = await uploadSend(prepared.blob, prepared.name, { onProgress, signal });
  if (!prepared.preview) slots.change(slot, { src: upload.url });
  slots.change(slot, { upload: { id: upload.id, waits: upload.state !== "accepted" } });
  await judge(slot, signal);
}

async function attended(slot, step) {
  slot.work = new AbortController();
  const { signal } = slot.work;
  try {
    await step(signal);
  } catch (error) {
    if (signal.aborted) return;
    refuse(slot, titleOf(error), error.code === "content_blocked" ? reasonsOf(error) : [error], error);
  }
}

/** Take a picture file: check it here, send it, let the server check it, and say what is wrong with it. */
export async function usePhoto(file, sample = null) {
  clearPhoto();
  const slot = slots.current();
  drop.scrollIntoView({ block: "center", behavior: "smooth" });
  slots.change(slot, { sample, state: "working", badge: text("photoOpening"), part: null });
  await attended(slot, (signal) => send(slot, file, signal));
}

async function useSample(button) {
  clearPhoto();
  const slot = slots.current();
  slot.work = new AbortController();
  const { signal } = slot.work;
  slots.change(slot, { sample: button.dataset.sample, state: "working", badge: text("photoOpening"), part: null });
  let blob;
  try {
    const response = await fetch(button.dataset.url, { signal });
    if (!response.ok) throw new Error(String(response.status));
    blob = await response.blob();
  } catch {
    if (!signal.aborted) refuse(slot, text("notSent"), [{ code: "unreachable", message: text("unreachable") }]);
    return;
  }
  if (signal.aborted || slot !== slots.current()) return;
  usePhoto(new File([blob], `${button.dataset.sample}.jpg`, { type: blob.type }), button.dataset.sample);
}

function drawHints() {
  const isHalf = template?.bodyStyle === "half";
  show(byId("half-note"), isHalf);
  for (const words of document.querySelectorAll("[data-whole]")) words.textContent = isHalf ? words.dataset.half : words.dataset.whole;
}

/** Photos that were checked for another body style are checked again. */
function judgeAgain() {
  for (const slot of slots.all()) {
    if (slot.upload?.checkedFor && slot.upload.checkedFor !== template.bodyStyle) attended(slot, (signal) => judge(slot, signal));
  }
}

/** Show the chosen dance; null where there is none yet. */
export function setTemplate(chosen) {
  template = chosen;
  show(byId("chosen"), chosen !== null);
  if (!chosen) return;
  const video = byId("chosen-video");
  setLoop(video, chosen);
  playQuietly(video);
  byId("chosen-name").textContent = chosen.name;
  drawMarks(byId("chosen-marks"), chosen);
  drawHints();
  consent.setCount(chosen.people);
  slots.setCount(chosen.people);
  judgeAgain();
}

function faultOf() {
  if (!template) return { message: text("needDance"), focus: null };
  const lacking = slots.all().findIndex(({ photo }) => photo === null);
  if (lacking < 0) return null;
  if (lacking !== slots.currentNumber()) slots.select(lacking);
  const focus = byId("drop-target");
  if (slots.current().state === "working") return { message: text("needWait"), focus };
  return { message: slots.all().length > 1 ? text("needPhotoOf", { number: lacking + 1 }) : text("needPhoto"), focus };
}

/** Whether everybody agrees; else the first who does not is taken in hand. */
function checkConsents() {
  const lacking = consent.missing();
  if (lacking === null) return true;
  if (lacking !== slots.currentNumber()) slots.select(lacking);
  consent.complain();
  return false;
}

function bodyNow() {
  const ids = slots.all().map(({ photo }) => photo.id);
  const photos = ids.length > 1 ? { photos: ids } : { photo: ids[0] };
  const seconds = Number(byId("options").elements.duration.value);
  return { kind: "dance_video", params: { ...photos, template: template.slug, duration_seconds: seconds } };
}

function setSending(busy) {
  sending = busy;
  const go = byId("go");
  go.setAttribute("aria-disabled", String(busy));
  go.toggleAttribute("data-busy", busy);
}

async function submit() {
  const body = bodyNow();
  if (JSON.stringify(attempt?.body) !== JSON.stringify(body)) attempt = { body, key: freshKey() };
  setSending(true);
  try {
    await consent.record(slots.all().map(({ photo }) => photo.id));
    const job = await jobSubmit(body, attempt.key);
    attempt = null;
    onSubmitted(job, { preview: slots.all()[0].src, template });
  } catch (error) {
    if (!error.isTransient) attempt = null;
    const why = whyLink(error);
    byId("go-why").replaceChildren(error.message, ...(why ? [" ", why] : []));
    say(error.message);
  } finally {
    setSending(false);
  }
}

function onGo(event) {
  event.preventDefault();
  if (sending) return;
  const fault = faultOf();
  byId("go-why").textContent = fault?.message ?? "";
  if (fault) {
    drop.scrollIntoView({ block: "center", behavior: "smooth" });
    fault.focus?.focus({ preventScroll: true });
    return;
  }
  if (checkConsents()) submit();
}

function watchDrops() {
  let depth = 0;
  const over = (change) => { depth = Math.max(0, depth + change); drop.toggleAttribute("data-over", depth > 0); };
  const zone = byId("make");
  zone.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("dragleave", () => over(-1));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(-depth);
    const [file] = event.dataTransfer.files;
    if (file) usePhoto(file);
  });
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (file && document.body.dataset.view === "make") usePhoto(file);
  });
}

/** Erase the photo on the server and here. */
export async function deletePhoto(id) {
  await uploadDelete(id);
  for (const slot of slots.all()) if (slot.upload?.id === id) slots.clear(slot);
}

/** Wire the step up; `submitted` hears of every job that was taken. */
export function start({ submitted }) {
  onSubmitted = submitted;
  byId("drop-target").addEventListener("click", () => byId("file-gallery").click());
  for (const input of [byId("file-camera"), byId("file-gallery")]) {
    input.addEventListener("change", () => {
      const [file] = input.files;
      if (file) usePhoto(file);
      input.value = "";
    });
  }
  for (const sample of document.querySelectorAll(".sample")) sample.addEventListener("click", () => useSample(sample));
  byId("photo-clear").addEventListener("click", () => { clearPhoto(); byId("drop-target").focus(); });
  consent.start();
  slots.start({ selected: consent.select });
  byId("options").addEventListener("submit", onGo);
  watchDrops();
}
