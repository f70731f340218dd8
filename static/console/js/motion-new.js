// "New from video": choose or drop a clip, send it in parts, then watch it until there is a draft.

import { forget, giveUp, interrupted, offsetOf, upload } from "./tus-upload.js";

const root = document.querySelector("[data-motion]");
const config = JSON.parse(document.getElementById("motion-config").textContent);
const part = (name) => root.querySelector(`[data-motion-${name}]`);
const STEPS = ["send", "check", "take", "draft", "done"];
const POLL_MS = 1500;

const text = (key, values = {}) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), config.texts[key]);

let sending = null; // {controller, address}
let running = null; // id of the job that takes the movement

function say(message, { progress = null } = {}) {
  part("say").textContent = message;
  const bar = part("progress");
  bar.hidden = progress === null;
  if (progress !== null) bar.value = Math.round(progress * 100);
}

/** Read out what changed, not every percent. */
function announce(message) {
  if (part("status").textContent !== message) part("status").textContent = message;
}

function step(name, { bad = false } = {}) {
  const at = STEPS.indexOf(name);
  for (const item of root.querySelectorAll("[data-step]")) {
    const place = STEPS.indexOf(item.dataset.step);
    item.classList.toggle("is-done", place < at);
    item.classList.toggle("is-bad", bad && place === at);
    if (place === at) item.setAttribute("aria-current", "step"); else item.removeAttribute("aria-current");
  }
}

function show({ editor = null, again = false, cancel = false, stop = false, other = false, clip = null } = {}) {
  part("editor").hidden = !editor;
  if (editor) part("editor").href = config.editor.replace("VERSION", editor);
  part("again").hidden = !again;
  part("cancel").hidden = !cancel;
  part("stop").hidden = !stop;
  part("other").hidden = !other;
  part("clip").hidden = !clip;
  if (clip) part("clip").href = config.clip.replace("MOTION", clip);
}

function listFaults(faults) {
  part("faults").hidden = faults.length === 0;
  part("faults").replaceChildren(...faults.map(({ message, text: reason, is_blocking: blocks }) => {
    const item = document.createElement("li");
    item.textContent = message ?? reason;
    item.classList.toggle("is-note", blocks === false);
    return item;
  }));
}

function openRun(name) {
  part("choose").hidden = true;
  part("run").hidden = false;
  part("name").textContent = name;
  listFaults([]);
}

async function start(file) {
  const template = part("template").value;
  const hint = part("hint");
  const refuse = (key, values) => { hint.hidden = false; hint.textContent = text(key, values); announce(hint.textContent); };
  if (!template) { refuse("no_template"); part("template").focus(); return; }
  if (file.type && !file.type.startsWith("video/")) { refuse("no_video"); return; }
  if (file.size === 0) { refuse("empty"); return; }
  if (file.size > config.maxBytes) { refuse("too_large", { megabytes: Math.floor(config.maxBytes / 1048576) }); return; }
  openRun(file.name);
  step("send");
  const controller = new AbortController();
  sending = { controller, address: null };
  show({ cancel: true });
  const percent = (bytes) => Math.floor((100 * bytes) / file.size);
  const progressed = (bytes) => say(text("sending", { percent: percent(bytes) }), { progress: bytes / file.size });
  try {
    const address = await upload({
      api: config.api,
      file,
      template,
      partBytes: config.partBytes,
      signal: controller.signal,
      onStart: (begun, offset) => {
        sending.address = begun;
        if (offset) announce(text("resuming", { name: file.name, percent: percent(offset) }));
        progressed(offset);
      },
      onProgress: progressed,
      onWait: (seconds) => { say(text("waiting", { seconds }), { progress: part("progress").value / 100 }); announce(text("waiting", { seconds })); },
    });
    sending = null;
    watch(address);
  } catch (fault) {
    if (fault.name === "AbortError") return;
    sending = null;
    step("send", { bad: true });
    say(fault.message || text("unreachable"));
    announce(part("say").textContent);
    show({ other: true });
  }
}

async function cancel() {
  if (!sending || !window.confirm(text("cancel_sure"))) return;
  const { controller, address } = sending;
  controller.abort();
  sending = null;
  if (address) {
    for (const one of interrupted()) if (one.address === address) forget(one.key);
    await giveUp(address).catch(() => { /* it expires by itself */ });
  }
  step("send", { bad: true });
  say(text("abandoned"));
  announce(text("abandoned"));
  show({ other: true });
}

/** Ask after a video until it needs nobody any more; the address of the page goes on with it after a reload. */
async function watch(address) {
  const id = address.split("/").at(-1);
  const url = new URL(location.href);
  url.searchParams.set("motion", id);
  history.replaceState(null, "", url);
  for (;;) {
    let motion;
    try {
      const response = await fetch(`${config.api}/${encodeURIComponent(id)}`, { headers: { Accept: "application/json" } });
      motion = await response.json();
      if (!response.ok) { openRun(""); say(motion.message); announce(motion.message); show({ other: true }); return; }
    } catch {
      say(text("unreachable"));
      await new Promise((resolve) => { setTimeout(resolve, 4 * POLL_MS); });
      continue;
    }
    if (part("run").hidden) openRun(motion.file_name);
    if (tell(motion)) return;
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
}

/** Show where a video stands; true when nothing more will happen by itself. */
function tell(motion) {
  listFaults([...motion.faults, ...motion.reasons]);
  if (motion.state !== "accepted") return tellBefore(motion);
  if (motion.version) {
    step("done");
    say(text("done"));
    announce(text("done"));
    show({ editor: motion.version, other: true });
    return true;
  }
  step("take", { bad: motion.work?.is_finished ?? false });
  return tellWork(motion.work);
}

function tellBefore(motion) {
  const ends = ["refused", "blocked", "abandoned"].includes(motion.state);
  if (motion.state === "receiving") {
    step("send", { bad: true });
    const percent = Math.floor((100 * motion.received_bytes) / motion.byte_size);
    say(text("hint", { name: motion.file_name, percent }), { progress: motion.received_bytes / motion.byte_size });
    show({ other: true });
    return true;
  }
  step("check", { bad: ends });
  const message = config.texts[motion.state] ?? config.states[motion.state];
  say(message);
  announce(message);
  show({ other: ends, clip: motion.state === "refused" ? motion.id : null });
  return ends;
}

function tellWork(work) {
  if (!work) { say(text("idle")); show({ again: true, other: true }); return true; }
  if (work.is_finished) {
    say(work.error_text ? text("failed", { why: work.error_text }) : text("stopped"));
    announce(part("say").textContent);
    show({ again: true, other: true });
    return true;
  }
  running = work.job_id;
  if (work.state === "queued") { const waits = work.notice || text("queued"); say(waits); announce(waits); show({ stop: true }); return false; }
  const left = work.high_seconds === null ? "" : ` · ${text("left", { seconds: Math.ceil((work.low_seconds + work.high_seconds) / 2) })}`;
  say(text("working", { stage: work.stage_text || work.stage, percent: Math.round(work.progress * 100) }) + left, { progress: work.progress });
  announce(work.stage_text);
  show({ stop: true });
  return false;
}

/** A command of the API; tells its fault, and whether it went well. */
async function act(address) {
  const csrf = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
  const response = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrf, Accept: "application/json" } });
  if (!response.ok) say((await response.json()).message);
  return response.ok;
}

async function again() {
  const id = new URL(location.href).searchParams.get("motion");
  if (await act(`${config.api}/${encodeURIComponent(id)}/extract`)) watch(id);
}

async function stop() {
  if (window.confirm(text("stop_sure"))) await act(`${config.jobs}/${encodeURIComponent(running)}/cancel`);
}

function other() {
  const url = new URL(location.href);
  url.searchParams.delete("motion");
  location.assign(url);
}

/** The picker knows only what was searched for; any other template becomes a choice of its own. */
function chooseTemplate(slug) {
  const picker = part("template");
  if (![...picker.options].some((option) => option.value === slug)) picker.add(new Option(slug, slug));
  picker.value = slug;
  picker.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Tell of the newest upload that was interrupted in this browser, and choose its template. */
async function offerResume() {
  for (const one of interrupted()) {
    const offset = await offsetOf(one.address).catch(() => undefined);
    if (offset === null || offset === one.size) { forget(one.key); continue; }
    if (offset === undefined) continue;
    chooseTemplate(one.template);
    part("hint").hidden = false;
    part("hint").textContent = text("hint", { name: one.name, percent: Math.floor((100 * offset) / one.size) });
  }
}

function listen() {
  const drop = part("drop");
  part("file").hasChangeListener = true; // else the theme looks for a text field beside it, and fails
  part("file").addEventListener("change", () => { if (part("file").files[0]) start(part("file").files[0]); part("file").value = ""; });
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.remove("is-over"); });
  drop.addEventListener("drop", (event) => { if (event.dataTransfer.files[0]) start(event.dataTransfer.files[0]); });
  part("cancel").addEventListener("click", cancel);
  part("again").addEventListener("click", again);
  part("stop").addEventListener("click", stop);
  part("other").addEventListener("click", other);
  window.addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });
}

if (root) {
  listen();
  const watched = new URL(location.href).searchParams.get("motion");
  if (watched) watch(watched); else offerResume();
}
