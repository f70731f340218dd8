// One hand on the keyboard: every key of the desk. No key acts while somebody types; Escape leaves.

const DECIDING = { a: "approve", e: "escalate", s: "release", c: "claim" };
const EDGE_PIXELS = 8;
const LIST_PIXELS = 280;
const TOGGLES = { b: "blur", g: "grey", x: "boxes" };

export function listenToKeys(root, words, { flow, veil, evidence }) {
  const help = root.querySelector("[data-desk-help-dialog]");
  const keysOn = root.querySelector("[data-desk-keys-on]");
  const switchKey = `desk-${root.dataset.person}-keys`;
  const item = () => root.querySelector("[data-desk-main] [data-desk-item]");
  const within = (selector) => item()?.querySelector(selector) ?? null;

  keysOn.checked = localStorage.getItem(switchKey) !== "0";
  keysOn.addEventListener("change", () => localStorage.setItem(switchKey, keysOn.checked ? "1" : "0"));
  const openHelp = () => { if (!help.open) help.showModal(); };
  root.querySelector("[data-desk-help]").addEventListener("click", openHelp);

  const reasons = {
    get isOpen() { return within("[data-desk-reasons]")?.classList.contains("is-open") ?? false; },
    open() {
      const list = within("[data-desk-reasons]");
      if (!list || flow.isStopped()) return;
      list.classList.add("is-open");
      list.style.transform = "";
      // It ends above the window's edge, however low it begins.
      const room = window.innerHeight - list.getBoundingClientRect().top - EDGE_PIXELS;
      list.style.maxHeight = `${Math.max(room, LIST_PIXELS)}px`;
      if (room < LIST_PIXELS) list.style.transform = `translateY(${room - LIST_PIXELS}px)`;
      within("[data-desk-verb=refuse]")?.setAttribute("aria-expanded", "true");
      (list.querySelector(":checked") ?? list.querySelector("input"))?.focus();
    },
    close() {
      within("[data-desk-reasons]")?.classList.remove("is-open");
      within("[data-desk-verb=refuse]")?.setAttribute("aria-expanded", "false");
      item()?.focus({ preventScroll: true });
    },
    choose(digit) {
      const radio = within(`[data-desk-digit="${digit}"]`);
      if (!radio) return;
      radio.checked = true;
      flow.decide("refuse");
    },
  };

  const note = {
    open(isEscalating = false) {
      const field = within("[data-desk-note]");
      if (!field) return;
      field.dataset.escalates = isEscalating ? "1" : "";
      within("[data-desk-note-label]").textContent = isEscalating ? words.why : words.note;
      field.rows = 3;
      field.focus();
    },
    close() {
      const field = within("[data-desk-note]");
      if (!field) return;
      field.dataset.escalates = "";
      within("[data-desk-note-label]").textContent = words.note;
      field.blur();
      item()?.focus({ preventScroll: true });
    },
  };

  const decide = (verb) => {
    if (verb === "escalate") { if (within("[data-desk-verb=escalate]")) note.open(true); return; }
    if (verb === "claim") { within("[data-desk-verb=claim]")?.click(); return; }
    flow.decide(verb);
  };

  root.addEventListener("submit", (event) => {
    const verb = event.submitter?.dataset.deskVerb;
    if (!event.target.matches("[data-desk-form]") || !verb) return;
    event.preventDefault();
    if (verb === "refuse") { if (reasons.isOpen) reasons.close(); else reasons.open(); return; }
    decide(verb === "refuse-now" ? "refuse" : verb);
  });

  const inReasons = (event, key) => {
    if (key === "escape" || key === "r") { reasons.close(); return true; }
    if (key === "enter") { flow.decide("refuse"); return true; }
    if (/^[1-9]$/.test(key)) { reasons.choose(key); return true; }
    return false;  // arrows move between the radio buttons by themselves
  };
  const inNote = (event, key) => {
    if (key === "escape") { note.close(); return true; }
    if (key === "enter" && !event.shiftKey && !event.isComposing) {
      if (!event.target.dataset.escalates) note.close();
      else if (event.target.value.trim()) flow.decide("escalate");
      return true;
    }
    return false;
  };
  const plain = {
    " ": () => veil.reveal(),
    r: () => reasons.open(),
    n: () => note.open(),
    u: () => flow.undo(),
    m: () => evidence()?.toggleMuted(),
    p: () => evidence()?.togglePlay(),
    j: () => evidence()?.step(1),
    k: () => evidence()?.step(-1),
    arrowdown: () => evidence()?.step(1),
    arrowup: () => evidence()?.step(-1),
    arrowright: () => evidence()?.seekBy(0.5),
    arrowleft: () => evidence()?.seekBy(-0.5),
    "?": openHelp,
    escape: () => item()?.focus({ preventScroll: true }),
  };
  const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  const keepsItsKey = (target, key) => (key === " " || key === "enter")
    && target.matches("button:focus-visible, a:focus-visible, summary:focus-visible, input[type=checkbox]");
  const inVideo = (target, key) => target.matches("video") && key.startsWith("arrow");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.isComposing) return;
    const key = event.key.toLowerCase();
    let isUsed = false;
    if (event.target.matches?.("[data-desk-note]")) isUsed = inNote(event, key);
    else if (isTyping(event.target)) return;
    else if (reasons.isOpen && inReasons(event, key)) isUsed = true;
    else if (keepsItsKey(event.target, key) || inVideo(event.target, key) || (!keysOn.checked && key !== "?")) return;
    else if (event.repeat && key !== " " && !["j", "k", "arrowdown", "arrowup", "arrowleft", "arrowright"].includes(key)) return;
    else if (DECIDING[key]) { decide(DECIDING[key]); isUsed = true; }
    else if (TOGGLES[key]) { veil.toggle(TOGGLES[key]); isUsed = true; }
    else if (plain[key]) { plain[key](); isUsed = true; }
    if (isUsed) event.preventDefault();
  });
  document.addEventListener("keyup", (event) => { if (event.key === " ") veil.hide(); });
}
