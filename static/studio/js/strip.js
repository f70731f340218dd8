// "My videos": the last jobs of this account, newest first.

import { hasSession, jobsMine } from "./api.js";
import { config, text } from "./config.js";
import { byId, cloneOf, show } from "./dom.js";
import { recall } from "./library.js";

const TONES = { succeeded: "good", rejected: "bad", failed: "bad" };
let onOpen = () => {};

function card(job, openId) {
  const item = cloneOf("mine-fragment");
  const link = item.querySelector("a");
  link.href = `${config.urls.home}?job=${job.id}`;
  link.dataset.job = job.id;
  link.dataset.tone = TONES[job.state] ?? "wait";
  if (job.id === openId) link.setAttribute("aria-current", "true");
  const template = recall(job.templateSlug);
  const running = job.state === "running" || job.state === "checking";
  item.querySelector(".mine-state").textContent = running ? `${Math.round(job.progress * 100)} %` : text(`state_${job.state}`);
  item.querySelector(".mine-name").textContent = template?.name ?? "";
  const picture = job.artifacts.cover?.url ?? template?.cover;
  const image = item.querySelector("img");
  if (picture) image.src = picture;
  show(image, Boolean(picture));
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(job.id);
  });
  return item;
}

/** Ask for the newest jobs and draw them; the strip hides while there are none. */
export async function refresh(openId) {
  if (!hasSession()) return;
  let jobs;
  try {
    jobs = await jobsMine();
  } catch {
    return; // the page works without its history
  }
  byId("mine-strip").replaceChildren(...jobs.map((job) => card(job, openId)));
  show(byId("mine"), jobs.length > 0);
  show(byId("mine-link"), jobs.length > 0);
  show(byId("my-data-link"), true);
}

/** Wire the strip up; `opened` hears of the job that was tapped. */
export function start({ opened }) {
  onOpen = opened;
}
