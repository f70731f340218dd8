// The page's one state, kept in its address: /, /?template=<slug>, /?job=<id>.

import { config, text } from "./config.js";
import { ask, byId, say } from "./dom.js";
import * as job from "./job.js";
import * as library from "./library.js";
import * as make from "./make.js";
import * as strip from "./strip.js";
import * as wall from "./wall.js";

const TWO_COLUMNS = matchMedia("(min-width: 1100px)");

function address({ template, jobId }) {
  if (jobId) return `${config.urls.home}?job=${encodeURIComponent(jobId)}`;
  return template ? `${config.urls.home}?template=${encodeURIComponent(template)}` : config.urls.home;
}

function setView(view) {
  const before = document.body.dataset.view;
  document.body.dataset.view = view;
  for (const link of document.querySelectorAll("[data-language]")) {
    const query = new URLSearchParams(location.search);
    query.set("lang", new URLSearchParams(link.search).get("lang"));
    link.search = query.toString();
  }
  if (before === view) return;
  if (!TWO_COLUMNS.matches) scrollTo(0, view === "pick" ? Number(history.state?.scroll ?? 0) : 0);
  document.querySelector(".stage-inner").scrollTop = 0;
  if (view !== "pick") byId(`${view}-title`).focus({ preventScroll: true });
}

function visit(state) {
  if (document.body.dataset.view === "pick") history.replaceState({ scroll: scrollY }, "");
  const next = address(state);
  if (next !== location.pathname + location.search) history.pushState({}, "", next);
}

function goPick() {
  visit({});
  job.close();
  wall.mark(null);
  setView("pick");
  strip.refresh(null);
}

function goMake(template) {
  visit({ template: template.slug });
  job.close();
  make.setTemplate(template);
  wall.mark(template.slug);
  setView("make");
}

function goJob(id, options) {
  visit({ jobId: id });
  wall.mark(null);
  setView("job");
  job.open(id, options);
  strip.refresh(id);
}

async function restore() {
  const query = new URLSearchParams(location.search);
  if (query.get("job")) {
    goJob(query.get("job"));
  } else if (query.get("template")) {
    try {
      goMake(await library.find(query.get("template")));
    } catch (error) {
      say(error.status === 404 ? text("noSuchDance") : error.message);
      history.replaceState({}, "", config.urls.home);
      goPick();
    }
  } else {
    goPick();
  }
}

async function makeAgain() {
  const slug = job.openJob()?.templateSlug;
  const template = slug && await library.find(slug).catch(() => null);
  if (template) goMake(template);
  else goPick();
}

async function deletePhoto() {
  const ids = job.openJob()?.photoIds ?? [];
  const many = ids.length > 1 ? "Many" : "";
  const sure = ids.length > 0 && await ask({ title: text(`deleteTitle${many}`), body: text(`deleteText${many}`), yes: text("deleteYes") });
  if (!sure) return;
  try {
    for (const id of ids) await make.deletePhoto(id);
    for (const button of document.querySelectorAll("[data-delete-photo]")) button.hidden = true;
    say(text(`deleted${many}`));
  } catch (error) {
    say(error.message);
  }
}

wall.start({ templates: library.first, featured: config.featured, hasMore: config.moreTemplates, categories: config.categories, picked: goMake });
make.start({ submitted: (taken, { preview }) => goJob(taken.id, { preview }) });
job.start({ changed: (changed) => strip.refresh(changed.id) });
strip.start({ opened: (id) => goJob(id) });
for (const button of document.querySelectorAll("[data-go='pick']")) button.addEventListener("click", goPick);
for (const button of document.querySelectorAll("[data-delete-photo]")) button.addEventListener("click", deletePhoto);
byId("another").addEventListener("click", goPick);
byId("retry").addEventListener("click", makeAgain);
byId("mine-link").addEventListener("click", (event) => {
  event.preventDefault();
  goPick();
  byId("mine").scrollIntoView({ behavior: "smooth" });
  byId("mine").focus({ preventScroll: true });
});
addEventListener("popstate", restore);
restore();
