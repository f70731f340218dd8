// The page that checks a file: sends it to the API and shows the answer.

const config = JSON.parse(document.getElementById("check-config").textContent);
const byId = (id) => document.getElementById(id);
const element = (name, text, className = "") => Object.assign(document.createElement(name), { textContent: text, className });
let latest = 0;

function say(message, isFault = false) {
  byId("check-state").textContent = message;
  byId("check-state").classList.toggle("is-fault", isFault);
}

function labelItem(label) {
  const item = document.createElement("li");
  const facts = [label.meaning, label.producer].filter(Boolean);
  item.append(element("strong", label.name), ` · ${facts.join(" · ")}`);
  if (label.fault) item.append(element("p", label.fault));
  if (label.value) item.append(element("code", label.value));
  return item;
}

function manifestFacts(manifest) {
  const { texts } = config;
  const facts = [
    [texts.signer, manifest.signer], [texts.tool, manifest.tool], [texts.signedAt, manifest.signed_at],
    [texts.sourceTypes, manifest.source_types.map((one) => one.split("/").pop()).join(", ")],
    [texts.ingredients, manifest.ingredients || ""], [texts.failures, manifest.failures.join(", ")],
  ].filter(([, value]) => value !== "");
  const list = element("div", "", "check-facts");
  for (const [name, value] of facts) list.append(element("b", name), element("span", String(value)));
  return [element("p", manifest.message), list];
}

function show(found) {
  const answer = byId("check-answer"), { texts } = config;
  answer.dataset.answer = found.ai_generated;
  byId("check-heading").textContent = texts.headings[found.ai_generated];
  byId("check-message").textContent = found.message;
  byId("check-here").textContent = found.made_here_message;
  byId("check-visible").textContent = texts.visible[String(found.visible_label_found)];
  const items = found.labels.length ? found.labels.map(labelItem) : [element("li", texts.noLabels)];
  byId("check-labels").replaceChildren(...items);
  byId("check-manifest").replaceChildren(...(found.c2pa ? manifestFacts(found.c2pa) : [element("p", texts.noManifest)]));
  byId("check-damaged").hidden = found.is_whole;
  byId("check-damaged").textContent = texts.damaged;
  byId("check-digest").textContent = found.sha256;
  answer.hidden = false;
  answer.focus({ preventScroll: true });
  answer.scrollIntoView({ block: "nearest" });
}

async function check(file) {
  const turn = ++latest;
  byId("check-answer").hidden = true;
  byId("check-name").textContent = file.name;
  if (file.size > config.maxBytes) {
    say(config.texts.tooLarge.replace("{size}", Math.floor(config.maxBytes / 1048576)), true);
    return;
  }
  say(config.texts.reading);
  const form = new FormData();
  form.append("file", file);
  let found, isGood = false;
  try {
    const answer = await fetch(config.address, { method: "POST", body: form, headers: { "Accept-Language": config.language } });
    found = await answer.json();
    isGood = answer.ok;
  } catch {
    found = { message: config.texts.unreachable };
  }
  if (turn !== latest) return; // another file was chosen meanwhile
  if (!isGood) {
    say(found.message, true);
    return;
  }
  say("");
  show(found);
}

const drop = byId("check-drop");
byId("check-input").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) check(file);
  event.target.value = "";
});
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => event.preventDefault()); // a file dropped beside the field must not open
}
drop.addEventListener("dragover", () => drop.classList.add("is-over"));
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (file) check(file);
});
