// One job on the page: waiting, review, result or problem; it polls while somebody looks.

import { jobCancel, jobGet, jobUsed, uploadGet } from "./api.js";
import { clock, config, durationRange, text } from "./config.js";
import { celebrate } from "./confetti.js";
import { announce, ask, byId, listReasons, playQuietly, say, setLoop, show } from "./dom.js";
import { recall } from "./library.js";
import { onWatched } from "./watching.js";

const LIVE = new Set(["held", "queued", "running", "checking", "in_review"]);
const panel = byId("job");

let current = null; // {id, job, timer, failures, sawWaiting}
let onChange = () => {};
const told = new Set();

const isLive = (job) => LIVE.has(job.state);
const withAdvice = (job) => job.reasons.map((reason) => ({ ...reason, advice: config.adviceOf[reason.code] }));

function setPhase(phase) {
  if (panel.dataset.phase === phase) return;
  panel.dataset.phase = phase;
  for (const video of panel.querySelectorAll("video")) if (!video.closest(`.phase-${phase}`)) video.pause();
}

function stageText(job) {
  if (job.isStopping) return text("stage_stopping");
  if (job.state === "queued") return text("stage_queued");
  return config.texts[`stage_${job.stage}`] ?? text("stage_running");
}

function drawMeter(job) {
  const percent = Math.round(job.progress * 100);
  byId("stage-text").textContent = stageText(job);
  byId("anew").textContent = job.notice;
  show(byId("anew"), job.notice !== "");
  const waits = job.state === "queued" && job.position !== null;
  byId("percent").textContent = waits ? text("position", { count: job.position }) : `${percent}%`;
  byId("percent").toggleAttribute("data-waits", waits);
  byId("bar").toggleAttribute("data-waits", waits);
  byId("cancel").disabled = job.isStopping;
  byId("bar").setAttribute("aria-valuenow", String(percent));
  byId("bar").style.setProperty("--part", job.progress);
  const { eta } = job;
  const remaining = eta ? durationRange(eta.low_seconds, eta.high_seconds) : text("unknown");
  byId("eta").textContent = remaining;
  byId("eta-clock").textContent = eta ? readyAt(eta) : text("unknown");
  announce([job.notice, stageText(job), waits ? text("positionSpoken", { count: job.position }) : "",
    text("percentSpoken", { percent }), eta ? text("remainingSpoken", { time: remaining }) : ""].filter(Boolean).join(" "));
}

function readyAt(eta) {
  const from = clock(new Date(Date.now() + eta.low_seconds * 1000));
  const to = clock(new Date(Date.now() + eta.high_seconds * 1000));
  return from === to ? from : `${from}–${to}`;
}

function drawWait(job) {
  setPhase("wait");
  byId("job-title").textContent = text("titleWait");
  const video = byId("wait-video");
  const template = recall(job.templateSlug);
  show(video.parentElement, template !== null);
  if (template) setLoop(video, template);
  playQuietly(video);
  drawMeter(job);
}

function drawReview(job) {
  setPhase("review");
  byId("job-title").textContent = text("titleReview");
  byId("review-title").textContent = text(`review_${job.state}_title`);
  byId("review-text").textContent = text(`review_${job.state}_text`);
  announce(text(`review_${job.state}_text`));
}

function drawDone(job) {
  setPhase("done");
  byId("job-title").textContent = text("titleDone");
  const { video, cover } = job.artifacts;
  const player = byId("result");
  if (player.dataset.job !== job.id) {
    player.dataset.job = job.id;
    player.poster = cover?.url ?? "";
    player.src = video.url;
    if (video.width && video.height) byId("player").style.setProperty("--shape", `${video.width} / ${video.height}`);
  }
  byId("download").href = video.downloadUrl;
  byId("download").setAttribute("download", fileName(job.id));
  if (current.sawWaiting) {
    announce(text("titleDone"), { urgent: true });
    celebrate();
    player.play().catch(() => { /* it has controls */ });
  }
}

function drawProblem(job) {
  setPhase("problem");
  const title = text(`problem_${job.state}`);
  byId("job-title").textContent = text("titleProblem");
  byId("problem-title").textContent = title;
  const reasons = withAdvice(job);
  listReasons(byId("problem-list"), reasons);
  byId("problem-advice").textContent = text(`problem_${job.state}_advice`);
  byId("problem-why").href = `${config.urls.decisions}for/job/${job.id}`;
  show(byId("problem-why"), job.state === "rejected" && job.reasons.every(({ code }) => code !== "likeness_consent"));
  announce([title, ...reasons.map(({ message }) => message)].join(" "), { urgent: true });
}

function draw(job) {
  if (job.state === "held" || job.state === "in_review") drawReview(job);
  else if (isLive(job)) drawWait(job);
  else if (job.state === "succeeded") drawDone(job);
  else drawProblem(job);
  const live = isLive(job) && job.state !== "in_review" && job.state !== "held";
  document.title = live ? `${Math.round(job.progress * 100)} % · ${config.pageTitle}` : config.pageTitle;
  for (const button of panel.querySelectorAll("[data-delete-photo]")) show(button, job.photoIds.length > 0 && !current.photoGone);
}

/** After a reload the page asks the server for the photo; an erased one is no longer there. */
async function recallPhoto(asked, id) {
  let address = null;
  let isGone = true;
  try {
    address = (await uploadGet(id)).url; // null until the photo is accepted
    isGone = false;
  } catch {
    // erased, or not reachable: the wait goes on without it
  }
  if (asked !== current) return;
  asked.photoGone = isGone;
  showPhoto(address);
  draw(asked.job);
}

function showPhoto(address) {
  show(byId("wait-photo-poster"), address !== null);
  if (address) byId("wait-photo").src = address;
}

function schedule(seconds) {
  clearTimeout(current.timer);
  if (!document.hidden) current.timer = setTimeout(poll, seconds * 1000 * (0.9 + Math.random() * 0.2));
}

async function poll() {
  const asked = current;
  if (!asked) return;
  clearTimeout(asked.timer);
  try {
    const job = await jobGet(asked.id);
    if (asked !== current) return;
    asked.failures = 0;
    show(byId("offline"), false);
    const moved = asked.job?.state !== job.state;
    if (!asked.job && !asked.preview && job.photoIds.length) recallPhoto(asked, job.photoIds[0]);
    asked.job = job;
    asked.sawWaiting ||= isLive(job);
    draw(job);
    if (moved) onChange(job);
    if (isLive(job)) schedule(job.nextPollSeconds ?? 3);
  } catch (error) {
    if (asked === current) onPollFault(error);
  }
}

function onPollFault(error) {
  if (error.isTransient || error.status === 429) {
    current.failures += 1;
    show(byId("offline"), error.status === 0);
    schedule(Math.min(30, 2 ** current.failures));
    return;
  }
  setPhase("problem");
  byId("job-title").textContent = text("titleProblem");
  byId("problem-title").textContent = error.status === 404 ? text("problem_gone") : error.message;
  byId("problem-list").replaceChildren();
  show(byId("problem-why"), false);
  byId("problem-advice").textContent = error.status === 404 ? text("problem_gone_advice") : "";
  for (const button of panel.querySelectorAll("[data-delete-photo]")) show(button, false);
}

async function cancel() {
  const sure = await ask({ title: text("cancelTitle"), body: text("cancelText"), yes: text("cancelYes") });
  if (!sure || !current) return;
  try {
    await jobCancel(current.id);
  } catch (error) {
    say(error.message);
  }
  poll();
}

/** The first time counts; the server keeps it, and this page does not ask twice. Downloads count by their address. */
function used(event, id) {
  if (!id || told.has(`${event} ${id}`)) return;
  told.add(`${event} ${id}`);
  jobUsed(id, event);
}

async function copyLink(address) {
  try {
    await navigator.clipboard.writeText(address);
    say(text("linkCopied"));
  } catch {
    prompt(text("linkCopyYourself"), address); // no clipboard without HTTPS
  }
}

const fileName = (id) => `dance-${id.slice(0, 8)}.mp4`;

/** The job's video with addresses that work now: those that the page was drawn with run out. */
async function freshVideo(id) {
  const { video } = (await jobGet(id)).artifacts;
  if (!video) throw new Error(text("problem_gone"));
  return video;
}

async function download(event) {
  event.preventDefault();
  const { id } = current;
  const link = document.createElement("a");
  try {
    link.href = (await freshVideo(id)).downloadUrl;
  } catch (error) {
    say(error.message);
    return;
  }
  link.download = fileName(id);
  link.click();
}

async function share() {
  const { id } = current;
  try {
    const answer = await fetch((await freshVideo(id)).url);
    if (!answer.ok) throw new Error(String(answer.status));
    const file = new File([await answer.blob()], fileName(id), { type: "video/mp4" });
    if (navigator.canShare?.({ files: [file] })) {
      await navigator.share({ files: [file], title: config.pageTitle });
      used("shared", id);
      return;
    }
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  await copyLink(location.href);
  used("shared", id);
}

/** Show a job and follow it; `preview` is the photo if this page still has it. */
export function open(id, { preview = null } = {}) {
  close();
  current = { id, preview, job: null, timer: 0, failures: 0, sawWaiting: false, photoGone: false, refreshed: false };
  setPhase("loading");
  show(byId("offline"), false);
  showPhoto(preview);
  poll();
}

/** Stop following. */
export function close() {
  if (!current) return;
  clearTimeout(current.timer);
  current = null;
  byId("result").pause();
  document.title = config.pageTitle;
}

export const openJob = () => current?.job ?? null;

/** Wire the step up; `changed` hears when the state of the open job changes. */
export function start({ changed }) {
  onChange = changed;
  byId("cancel").addEventListener("click", cancel);
  byId("review-cancel").addEventListener("click", cancel);
  byId("copy-link").addEventListener("click", () => copyLink(location.href));
  byId("share").addEventListener("click", share);
  byId("download").addEventListener("click", download);
  onWatched(byId("result"), () => used("watched", byId("result").dataset.job));
  byId("result").addEventListener("error", () => {
    if (!current?.job || !byId("result").dataset.job) return;
    delete byId("result").dataset.job; // a signed address that ran out: ask for a fresh one, once
    if (!current.refreshed) { current.refreshed = true; poll(); }
  });
  document.addEventListener("visibilitychange", () => {
    if (!current) return;
    if (document.hidden) clearTimeout(current.timer);
    else if (!current.job || isLive(current.job)) poll();
  });
  addEventListener("online", () => { if (current && (!current.job || isLive(current.job))) poll(); });
}
