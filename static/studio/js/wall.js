// The wall of dances: search, order, shelves, the featured row, and previews that play while they are in view.

import { templatesFind } from "./api.js";
import { text } from "./config.js";
import { announce, byId, calm, cloneOf, drawMarks, playQuietly, show } from "./dom.js";
import { remember } from "./library.js";

const grid = byId("grid");
let selected = null;
let onPick = () => {};
let running = null;
let next = null; // address of the library's next page
let featured = []; // dances of the row above, while nobody searches or orders
let awaitsFirst = false; // the page came with the library's beginning, and there is more

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      if (!calm.matches && !target.src && target.dataset.loop) target.src = target.dataset.loop;
      playQuietly(target);
    } else {
      target.pause();
    }
  }
}, { rootMargin: "80px 0px", threshold: 0.2 });

function card(template) {
  const item = cloneOf("card-fragment");
  const button = item.querySelector(".card");
  const video = item.querySelector("video");
  button.dataset.slug = template.slug;
  button.setAttribute("aria-pressed", String(template.slug === selected));
  item.querySelector(".card-name").textContent = template.name;
  item.querySelector(".card-tags").textContent = template.tags.map((tag) => `#${tag}`).join(" ");
  drawMarks(item.querySelector(".card-marks"), template);
  const beat = item.querySelector(".card-beat");
  if (template.bpm) {
    beat.textContent = `♪ ${Math.round(template.bpm)}`;
    show(beat, true);
  }
  if (template.cover) video.poster = template.cover;
  if (template.loop) video.dataset.loop = template.loop;
  button.addEventListener("click", () => onPick(template));
  watcher.observe(video);
  return item;
}

function showBlank(message, canRetry) {
  grid.replaceChildren();
  byId("wall-blank-text").textContent = message;
  show(byId("wall-retry"), canRetry);
  show(byId("wall-blank"), true);
}

const pressed = (group) => byId(group).querySelector('[aria-pressed="true"]').dataset;
const isFirstView = () => !byId("search-box").value.trim() && !pressed("chips").category && !pressed("sorts").sort;

/** The featured row stands above the library as it is laid out; what it shows is not shown again below. */
function drawFeatured(templates) {
  const slugs = new Set(featured.map(({ slug }) => slug));
  const others = templates.filter(({ slug }) => !slugs.has(slug));
  const visible = isFirstView() && featured.length > 0 && others.length > 0;
  show(byId("featured"), visible);
  if (visible && !byId("featured-row").childElementCount) byId("featured-row").append(...featured.map(card));
  return visible ? others : templates;
}

function draw(templates) {
  for (const video of grid.querySelectorAll("video")) watcher.unobserve(video);
  show(byId("wall-blank"), false);
  grid.replaceChildren(...drawFeatured(templates).map(card));
  if (!templates.length) showBlank(text("noDances"), false);
}

function drawMore(templates) {
  const cards = byId("wall").querySelectorAll("#grid .card, #featured:not([hidden]) .card");
  const shown = new Set(Array.from(cards, (button) => button.dataset.slug));
  grid.append(...templates.filter(({ slug }) => !shown.has(slug)).map(card));
}

async function load({ page = null } = {}) {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  const search = byId("search-box").value.trim();
  const { category } = pressed("chips");
  const { sort } = pressed("sorts");
  grid.setAttribute("aria-busy", "true");
  try {
    const found = await templatesFind({ search, category, sort, page }, signal);
    remember(found.templates);
    if (page || awaitsFirst) drawMore(found.templates);
    else draw(found.templates);
    if (!page && !awaitsFirst) announce(text("dancesFound", { count: found.templates.length }), { urgent: true });
    next = found.next;
    awaitsFirst = false;
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!page) showBlank(error.message, true);
  }
  if (signal.aborted) return;
  grid.setAttribute("aria-busy", "false");
  ending.unobserve(byId("wall-end")); // it tells of changes alone, and the end may still be in view
  ending.observe(byId("wall-end"));
}

function find() {
  awaitsFirst = false;
  next = null;
  return load();
}

const ending = new IntersectionObserver(([{ isIntersecting }]) => {
  if (isIntersecting && grid.getAttribute("aria-busy") === "false" && (next || awaitsFirst)) load({ page: next });
}, { rootMargin: "600px 0px" });

function addChips(categories) {
  const chips = byId("chips");
  chips.append(...categories.map(({ slug, name }) => {
    const chip = chips.firstElementChild.cloneNode();
    chip.dataset.category = slug;
    chip.textContent = name;
    chip.setAttribute("aria-pressed", "false");
    return chip;
  }));
}

/** One button of the group is pressed at a time. */
function watchChoice(group) {
  byId(group).addEventListener("click", (event) => {
    const chosen = event.target.closest("button");
    if (!chosen) return;
    for (const other of byId(group).children) other.setAttribute("aria-pressed", String(other === chosen));
    find();
  });
}

/** Mark the chosen dance, or none. */
export function mark(slug) {
  selected = slug;
  for (const button of byId("wall").querySelectorAll(".card")) {
    button.setAttribute("aria-pressed", String(button.dataset.slug === slug));
  }
}

/** Build the wall; `picked` hears of every dance that is tapped. */
export function start({ templates, featured: slugs, hasMore, categories, picked }) {
  onPick = picked;
  featured = templates.filter(({ slug }) => slugs.includes(slug));
  addChips(categories);
  watchChoice("chips");
  watchChoice("sorts");
  let typing = 0;
  byId("search-box").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(find, 250);
  });
  byId("search").addEventListener("submit", (event) => { event.preventDefault(); find(); });
  byId("wall-retry").addEventListener("click", find);
  draw(templates);
  grid.setAttribute("aria-busy", "false");
  awaitsFirst = hasMore;
  ending.observe(byId("wall-end"));
}
