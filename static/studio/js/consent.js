// Who is in each photo, and that they agree: which sentence is shown, what is missing, and its record.

import { consentGive } from "./api.js";
import { config, text } from "./config.js";
import { byId, show } from "./dom.js";

const recorded = new Map(); // photo -> the consent that the server has, as text: the same one is not sent twice
let answers = [];
let active = 0;

/** The first performer is most likely oneself, the others are not. */
function blank(number) {
  const relations = byId("options").querySelectorAll("[name=relation]");
  return { relation: relations[Math.min(number, 1)].value, guardian: "", agreed: false };
}

const relation = () => byId("options").elements.relation.value;

function drawSentence() {
  byId("consent-text").textContent = config.consent.sentences[relation()];
  show(byId("guardian-field"), relation() === "guardian");
}

function showFault(found) {
  byId("consent-fault").textContent = found?.message ?? "";
  show(byId("consent-fault"), Boolean(found));
  byId("consent").setAttribute("aria-invalid", String(found?.focus === byId("consent")));
  byId("consent-row").toggleAttribute("data-fault", found?.focus === byId("consent"));
}

function draw() {
  const { relation: chosen, guardian, agreed } = answers[active];
  byId("options").elements.relation.value = chosen;
  byId("guardian").value = guardian;
  byId("consent").checked = agreed;
  byId("relation-title").textContent = answers.length > 1 ? text("whoIs", { number: active + 1 }) : text("whoIsIt");
  showFault(null);
  drawSentence();
}

function keep() {
  answers[active] = { relation: relation(), guardian: byId("guardian").value, agreed: byId("consent").checked };
}

function faultOf({ relation: chosen, guardian, agreed }) {
  if (chosen === "guardian" && guardian.trim() === "") return { message: text("needGuardian"), focus: byId("guardian") };
  if (!agreed) return { message: text("needConsent"), focus: byId("consent") };
  return null;
}

/** How many people are asked about; what was said of the first ones stays. */
export function setCount(count) {
  answers = Array.from({ length: count }, (_, number) => answers[number] ?? blank(number));
  active = Math.min(active, count - 1);
  draw();
}

/** Ask about another performer. */
export function select(number) {
  active = number;
  draw();
}

/** The first performer of whom something is missing, or null. */
export function missing() {
  const number = answers.findIndex((answer) => faultOf(answer) !== null);
  return number < 0 ? null : number;
}

/** Show what is missing of the selected performer, at its place. */
export function complain() {
  const found = faultOf(answers[active]);
  showFault(found);
  found?.focus.focus();
}

/** Tell the server that the person in each of these photos agrees, in the performers' order. */
export async function record(photoIds) {
  for (const [number, upload] of photoIds.entries()) {
    const { relation: chosen, guardian } = answers[number];
    const body = {
      upload,
      relation: chosen,
      guardian: chosen === "guardian" ? guardian.trim() : "",
      wording: config.consent.wording,
    };
    const asText = JSON.stringify(body);
    if (recorded.get(upload) === asText) continue;
    await consentGive(body);
    recorded.set(upload, asText);
  }
}

/** Wire the fields up. */
export function start() {
  for (const input of byId("options").querySelectorAll("[name=relation]")) {
    input.addEventListener("change", () => { byId("consent").checked = false; keep(); drawSentence(); });
  }
  byId("guardian").addEventListener("input", keep);
  byId("consent").addEventListener("change", () => { keep(); if (byId("consent").checked) complain(); });
  setCount(1);
}
