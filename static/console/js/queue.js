// The queue page by keyboard: J and K walk, X chooses, * chooses all, O opens, U undoes; Enter takes the marked
// item, without one the next. The keys of the desk (A, R, E, S, C) act there; here they say so.

const root = document.querySelector("[data-queue]");
const rows = [...root.querySelectorAll("[data-queue-row]")];
const boxes = [...root.querySelectorAll("[data-queue-row] input[name=item]")];
const all = root.querySelector("[data-queue-all]");
const count = root.querySelector("[data-queue-count]");
const undo = root.querySelector("[data-queue-undo]");
const told = root.querySelector("[data-queue-told]");
const form = root.querySelector("[data-queue-form]");
let here = -1;
root.classList.add("has-script");

const recount = () => {
  const chosen = boxes.filter((box) => box.checked).length;
  if (count) count.textContent = chosen;
  root.querySelector("[data-queue-bulk]")?.classList.toggle("is-idle", chosen === 0);
  for (const button of root.querySelectorAll("[data-queue-bulk] button")) button.disabled = chosen === 0;
  if (all) { all.checked = chosen > 0 && chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; }
};
const chooseAll = () => {
  const isOn = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = isOn;
  recount();
};
const walk = (by) => {
  if (!rows.length) return;
  rows[here]?.classList.remove("is-chosen");
  here = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(0, here + by), rows.length - 1);
  rows[here].classList.add("is-chosen");
  rows[here].scrollIntoView({ block: "nearest" });
  rows[here].querySelector("a")?.focus({ preventScroll: true });
};

/** Claim the marked item and go to its desk, as its own button there would. */
const take = () => {
  const address = rows[here]?.dataset.queueTake;
  if (!address) { root.querySelector("[data-queue-next]")?.click(); return; }
  for (const box of boxes) box.checked = false; // only the token is wanted
  form.action = address;
  form.requestSubmit();
};
const tell = () => { if (told) told.textContent = told.dataset.queueTold; };

// Without a script the filter has a button; with it, a choice is enough.
root.querySelector("[data-queue-filters]")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());
root.addEventListener("change", (event) => {
  if (event.target === all) chooseAll();
  else if (event.target.name === "item") recount();
});
recount();

if (undo) {
  const whole = Number(undo.dataset.seconds) * 1000;
  const until = Date.now() + whole;
  const timer = setInterval(() => {
    undo.querySelector("progress").value = Math.max(0, (until - Date.now()) / whole);
    if (Date.now() >= until) { clearInterval(timer); undo.remove(); }
  }, 100);
}

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => { if (boxes[here]) { boxes[here].checked = !boxes[here].checked; recount(); } },
  "*": chooseAll,
  o: () => rows[here]?.querySelector("a")?.click(),
  u: () => root.querySelector("[data-queue-undo]")?.requestSubmit(),
  enter: take,
  a: tell,
  r: tell,
  e: tell,
  s: tell,
  c: tell,
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const key = event.key.toLowerCase();
  const target = event.target;
  if (target.closest("input:not([type=checkbox]), textarea, select")) return;
  const isMarked = rows[here]?.dataset.queueTake && rows[here].contains(target);
  if (key === "enter" && target.closest("a, button, input") && !isMarked) return;
  if (!keys[key]) return;
  event.preventDefault();
  keys[key]();
});
