// Policy editor: rules are added, removed and checked while they are typed. Simulations and rescans: progress.
const editor = document.querySelector("[data-policy]");
const form = editor?.querySelector("[data-policy-form]");

document.addEventListener("submit", (event) => {
  const asked = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (asked && !window.confirm(asked)) event.preventDefault();
});

if (form) startEditor();
startChoosing();
startProgress();

function startEditor() {
  const reasons = JSON.parse(document.getElementById("policy-reasons").textContent);
  const acts = editor.querySelector("[data-policy-acts]");
  const dirtyNote = editor.querySelector("[data-policy-dirty]");
  const save = editor.querySelector("[data-policy-save]");
  let waiting = 0;
  let asked = 0;
  let isDirty = false;

  for (const rule of form.querySelectorAll("[data-rule]")) describe(rule, reasons);

  form.addEventListener("input", (event) => {
    const rule = event.target.closest("[data-rule]");
    if (rule) describe(rule, reasons);
    changed();
  });

  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-rule-add]");
    const remove = event.target.closest("[data-rule-remove]");
    if (add) addRule(add.closest("[data-cell]"));
    if (remove) removeRule(remove.closest("[data-rule]"));
  });

  // An open rule hangs over its neighbours: one at a time, closed by Escape or a click elsewhere.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-rule-add]")) closeRules(event.target.closest?.("[data-rule]"));
  });
  form.addEventListener("focusin", (event) => closeRules(event.target.closest("[data-rule]")));
  form.addEventListener("keydown", (event) => {
    const rule = event.target.closest("[data-rule]");
    if (event.key !== "Escape" || !rule) return;
    rule.open = false;
    rule.querySelector("summary").focus();
  });

  function closeRules(except) {
    for (const rule of form.querySelectorAll("[data-rule][open]")) if (rule !== except) rule.open = false;
  }

  editor.querySelector("[data-open-all]")?.addEventListener("click", () => {
    const sections = [...form.querySelectorAll("[data-section]")];
    const opens = sections.some((section) => !section.open);
    for (const section of sections) section.open = opens;
  });

  document.addEventListener("keydown", (event) => {
    if (!save || event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(save);
  });

  form.addEventListener("submit", () => { isDirty = false; });
  acts?.addEventListener("submit", (event) => {
    if (isDirty) {
      event.preventDefault();
      dirtyNote?.scrollIntoView({ block: "center" });
      save?.focus();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });

  function addRule(cell) {
    const [category, surface, severity] = cell.dataset.cell.split("|");
    const rule = editor.querySelector("[data-rule-template]").content.firstElementChild.cloneNode(true);
    rule.querySelector("[name=category]").value = category;
    rule.querySelector("[name=surface]").value = surface;
    rule.querySelector("[name=min_severity]").value = severity;
    const sameReason = form.querySelector(`[data-section="${category}"] [data-rule] [name=reason_code]`);
    const reason = sameReason?.value ?? category;
    if (reason in reasons) rule.querySelector("[name=reason_code]").value = reason;
    cell.querySelector("[data-rules]").append(rule);
    describe(rule, reasons);
    rule.querySelector("select").focus();
    changed();
  }

  function removeRule(rule) {
    const cell = rule.closest("[data-cell]");
    rule.remove();
    cell.querySelector("[data-rule-add]").focus();
    changed();
  }

  function changed() {
    isDirty = true;
    if (dirtyNote) dirtyNote.hidden = false;
    acts?.classList.add("is-dirty");
    for (const section of form.querySelectorAll("[data-section]")) {
      section.querySelector("[data-section-count]").textContent = section.querySelectorAll("[data-rule]").length;
    }
    window.clearTimeout(waiting);
    waiting = window.setTimeout(check, 350);
  }

  async function check() {
    const mine = ++asked;
    let answer;
    try {
      const response = await fetch(editor.dataset.checkUrl, { method: "POST", body: new FormData(form) });
      if (!response.ok) return;
      answer = await response.json();
    } catch {
      return; // the next change asks again
    }
    if (mine !== asked) return;
    editor.querySelector("[data-policy-remarks]").innerHTML = answer.remarks;
    for (const [key, one] of Object.entries(answer.strips)) {
      for (const strip of form.querySelectorAll(`[data-strip="${key}"]`)) draw(strip, one);
    }
    [...form.querySelectorAll("[data-rule]")].forEach((rule, number) => {
      rule.classList.toggle("is-error", answer.faulty[number] === "error");
      rule.classList.toggle("is-warning", answer.faulty[number] === "warning");
    });
  }
}

function describe(rule, reasons) {
  const verdict = rule.querySelector("[name=verdict]");
  const kind = rule.querySelector("[name=job_kind]");
  rule.className = rule.className.replace(/rule--\w+/, `rule--${verdict.value}`);
  rule.querySelector("[data-rule-verdict]").textContent = verdict.selectedOptions[0].textContent;
  rule.querySelector("[data-rule-from]").textContent = `≥ ${rule.querySelector("[name=min_confidence]").value}`;
  rule.querySelector("[data-rule-kind]").textContent = kind.value === "any" ? "" : kind.selectedOptions[0].textContent;
  const texts = reasons[rule.querySelector("[name=reason_code]").value];
  rule.querySelector("[data-rule-sentences]").textContent = texts ? `${texts.zh}\n${texts.en}` : "";
}

function draw(strip, { review, block, known }) {
  const end = block ?? 100;
  strip.classList.toggle("is-open", !known);
  place(strip.querySelector(".is-review"), review ?? 0, review === null ? 0 : Math.max(0, end - review));
  place(strip.querySelector(".is-block"), block ?? 0, block === null ? 0 : 100 - block);
}

function place(band, from, width) {
  band.setAttribute("x", from);
  band.setAttribute("width", width);
}

function startChoosing() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose-all]")) {
      for (const box of document.querySelectorAll("[data-choose]")) box.checked = event.target.checked;
    }
    const count = document.querySelector("[data-choose-count]");
    if (count) count.textContent = document.querySelectorAll("[data-choose]:checked").length;
  });
}

async function startProgress() {
  while (document.querySelector("[data-live-running]")) {
    await new Promise((resolve) => window.setTimeout(resolve, 1500));
    try {
      const response = await fetch(window.location.href, { headers: { Accept: "text/html" } });
      if (!response.ok) continue;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const part = fresh.querySelector("[data-live]");
      if (part) document.querySelector("[data-live]").replaceWith(document.adoptNode(part));
    } catch {
      // asked again in a moment
    }
  }
}
