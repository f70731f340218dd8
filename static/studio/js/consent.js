// Who is in the photo, and that they agree: which sentence is shown, what is missing, and its record.

import { consentGive } from "./api.js";
import { config, text } from "./config.js";
import { byId, show } from "./dom.js";

let recorded = null; // the consent that the server has, as text: the same one is not sent twice

const relation = () => byId("options").elements.relation.value;

function drawSentence() {
  byId("consent-text").textContent = config.consent.sentences[relation()];
  show(byId("guardian-field"), relation() === "guardian");
}

function fault() {
  if (relation() === "guardian" && byId("guardian").value.trim() === "") return { message: text("needGuardian"), focus: byId("guardian") };
  if (!byId("consent").checked) return { message: text("needConsent"), focus: byId("consent") };
  return null;
}

/** Whether everything is said; what is missing is shown at its place. */
export function check() {
  const found = fault();
  byId("consent-fault").textContent = found?.message ?? "";
  show(byId("consent-fault"), found !== null);
  byId("consent").setAttribute("aria-invalid", String(found?.focus === byId("consent")));
  byId("consent-row").toggleAttribute("data-fault", found?.focus === byId("consent"));
  found?.focus.focus();
  return found === null;
}

/** Tell the server that the person in this photo agrees. */
export async function record(photoId) {
  const body = {
    upload: photoId,
    relation: relation(),
    guardian: relation() === "guardian" ? byId("guardian").value.trim() : "",
    wording: config.consent.wording,
  };
  const asText = JSON.stringify(body);
  if (asText === recorded) return;
  await consentGive(body);
  recorded = asText;
}

/** Wire the fields up. */
export function start() {
  for (const input of byId("options").querySelectorAll("[name=relation]")) {
    input.addEventListener("change", () => { byId("consent").checked = false; drawSentence(); });
  }
  byId("consent").addEventListener("change", () => { if (byId("consent").checked) check(); });
  drawSentence();
}
