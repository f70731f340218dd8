// The toast at the bottom: what was done, how long it can be undone, and the button for it.

export function makeToast(root) {
  const box = root.querySelector("[data-desk-toast]");
  const text = box.querySelector("[data-desk-toast-text]");
  const time = box.querySelector("[data-desk-toast-time]");
  const undo = box.querySelector("[data-desk-undo]");
  const plainMilliseconds = 6000;
  let timer = 0;

  const hide = () => { clearInterval(timer); box.hidden = true; };

  /** Show `message`; with `undoUntil` (milliseconds since 1970) a bar runs down and Undo is offered. */
  const say = (message, undoUntil = 0) => {
    clearInterval(timer);
    box.hidden = false;
    text.textContent = message;
    undo.hidden = time.hidden = !undoUntil;
    const until = undoUntil || Date.now() + plainMilliseconds;
    const whole = until - Date.now();
    const tick = () => {
      time.value = Math.max(0, (until - Date.now()) / whole);
      if (Date.now() < until) return;
      hide();
      root.querySelector("[data-desk-undoable]")?.remove();
    };
    tick();
    timer = setInterval(tick, 100);
  };

  return { say, hide, onUndo: (act) => undo.addEventListener("click", act) };
}
