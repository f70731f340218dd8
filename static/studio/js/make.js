// Photo, length, consent and the big button: from a chosen dance to a submitted job.

import * as consent from "./consent.js";
import { freshKey, jobSubmit, photoCheck, reasonsOf, uploadDelete, uploadSend } from "./api.js";
import { config, text } from "./config.js";
import { announce, byId, listReasons, playQuietly, say, setLoop, show } from "./dom.js";
import { PictureFault, prepare } from "./picture.js";

let template = null;
let photo = null; // {id, preview, waits} once the server accepted it
let work = null; // AbortController of the photo being sent
let attempt = null; // {body, key}: the same submission keeps its key until it is answered
let sending = false;
let onSubmitted = () => {};

const drop = byId("drop");
const image = byId("photo");
const progress = byId("photo-progress");

function setState(state, badge = "") {
  drop.dataset.state = state;
  byId("photo-badge").textContent = badge;
  show(byId("photo-badge"), badge !== "");
  show(byId("photo-clear"), state !== "empty");
  show(progress, state === "working");
}

function setProgress(part) {
  progress.toggleAttribute("data-busy", part === null);
  if (part === null) {
    progress.removeAttribute("aria-valuenow");
  } else {
    progress.style.setProperty("--part", part);
    progress.setAttribute("aria-valuenow", String(Math.round(part * 100)));
  }
}

function verdict(title, reasons, tone = "bad") {
  const box = byId("photo-verdict");
  box.dataset.tone = tone;
  byId("photo-verdict-title").textContent = title;
  listReasons(byId("photo-verdict-list"), reasons);
  show(box, true);
  for (const hint of document.querySelectorAll("[data-hint]")) {
    hint.toggleAttribute("data-on", tone === "bad" && reasons.some(({ code }) => config.hintOf[code] === hint.dataset.hint));
  }
}

function clearVerdict() {
  show(byId("photo-verdict"), false);
  for (const hint of document.querySelectorAll("[data-hint][data-on]")) hint.removeAttribute("data-on");
  byId("go-why").textContent = "";
}

const withAdvice = ({ code, message, advice }) => ({ code, message, advice: advice ?? config.adviceOf[code] });

function titleOf(error) {
  if (error.code === "content_blocked") return text("photoBlocked");
  if (error.code === "account_suspended") return text("accountSuspended");
  return error instanceof PictureFault || error.status === 400 || error.status === 413 || error.status === 422 ? text("photoUnsuitable") : text("notSent");
}

/** Lead from a refusal to the statement of reasons, where it has one. */
function showWhy(after, error) {
  const path = error.details?.statement ? error.details.statement : error.code === "content_blocked" ? `for/upload/${error.details.upload}` : null;
  if (!path) return;
  const link = document.createElement("a");
  link.href = config.urls.decisions + path;
  link.textContent = text("whyLink");
  after.append(" ", link);
}

function refuse(title, reasons, error = {}) {
  photo = null;
  setState("bad", text("photoBad"));
  verdict(title, reasons.map(withAdvice));
  showWhy(byId("photo-verdict-title"), error);
}

function showPreview(url) {
  if (image.src.startsWith("blob:") && image.src !== url) URL.revokeObjectURL(image.src);
  show(image, url !== null);
  if (url === null) image.removeAttribute("src");
  else image.src = url;
}

/** Forget the photo that is shown; the server's copy stays until it is deleted. */
export function clearPhoto() {
  work?.abort();
  photo = null;
  showPreview(null);
  setState("empty");
  clearVerdict();
  for (const sample of document.querySelectorAll(".sample")) sample.setAttribute("aria-pressed", "false");
}

async function send(file, signal) {
  const prepared = await prepare(file);
  if (signal.aborted) return;
  showPreview(prepared.preview);
  setState("working", text("photoSending"));
  setProgress(0);
  const upload = await uploadSend(prepared.blob, prepared.name, { onProgress: setProgress, signal });
  if (!prepared.preview) showPreview(upload.url);
  setState("working", text("photoLooking"));
  setProgress(null);
  const check = await photoCheck(upload.id, signal);
  if (signal.aborted) return;
  if (!check.passed) {
    refuse(text("photoUnsuitable"), check.faults);
    return;
  }
  photo = { id: upload.id, preview: image.src };
  const waits = upload.state !== "accepted";
  setState("good", waits ? text("photoReview") : text("photoGood"));
  if (waits) verdict(text("photoReviewTitle"), [{ message: text("photoReviewText") }], "wait");
  else if (check.faults.length) verdict(text("photoNote"), check.faults.map(withAdvice), "wait");
  announce(waits ? text("photoReviewText") : text("photoGood"), { urgent: true });
}

/** Take a picture file: check it here, send it, let the server check it, and say what is wrong with it. */
export async function usePhoto(file) {
  clearPhoto();
  drop.scrollIntoView({ block: "center", behavior: "smooth" });
  work = new AbortController();
  const { signal } = work;
  setState("working", text("photoOpening"));
  setProgress(null);
  try {
    await send(file, signal);
  } catch (error) {
    if (signal.aborted) return;
    refuse(titleOf(error), error.code === "content_blocked" ? reasonsOf(error) : [error], error);
  }
}

async function useSample(button) {
  clearPhoto();
  work = new AbortController();
  const { signal } = work;
  button.setAttribute("aria-pressed", "true");
  setState("working", text("photoOpening"));
  setProgress(null);
  let blob;
  try {
    const response = await fetch(button.dataset.url, { signal });
    if (!response.ok) throw new Error(String(response.status));
    blob = await response.blob();
  } catch {
    if (!signal.aborted) refuse(text("notSent"), [{ code: "unreachable", message: text("unreachable") }]);
    return;
  }
  if (signal.aborted) return;
  usePhoto(new File([blob], `${button.dataset.sample}.jpg`, { type: blob.type }));
  button.setAttribute("aria-pressed", "true"); // taking a photo releases all samples first
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
}

export const currentPhoto = () => photo;
export const currentTemplate = () => template;

function faultOf() {
  if (!template) return { message: text("needDance"), focus: null };
  if (work && drop.dataset.state === "working") return { message: text("needWait"), focus: byId("drop-target") };
  if (!photo) return { message: text("needPhoto"), focus: byId("drop-target") };
  return null;
}

function checkConsent() {
  const ticked = byId("consent").checked;
  show(byId("consent-fault"), !ticked);
  byId("consent").setAttribute("aria-invalid", String(!ticked));
  byId("consent-row").toggleAttribute("data-fault", !ticked);
  if (!ticked) byId("consent").focus();
  return ticked;
}

function bodyNow() {
  const seconds = Number(byId("options").elements.duration.value);
  return { kind: "dance_video", params: { photo: photo.id, template: template.slug, duration_seconds: seconds } };
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
    await consent.record(photo.id);
    const job = await jobSubmit(body, attempt.key);
    attempt = null;
    onSubmitted(job, { preview: photo.preview, template });
  } catch (error) {
    if (!error.isTransient) attempt = null;
    byId("go-why").textContent = error.message;
    showWhy(byId("go-why"), error);
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
  if (consent.check()) submit();
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
  if (photo?.id === id) clearPhoto();
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
  byId("options").addEventListener("submit", onGo);
  watchDrops();
}
