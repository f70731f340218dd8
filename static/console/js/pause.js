// The break page's clock. At its end the box is no longer needed.

const clock = document.querySelector("[data-pause-until]");
const sure = document.querySelector("[data-pause-sure]");
const until = Date.parse(clock?.dataset.pauseUntil ?? "");

const tick = () => {
  const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  sure.hidden = seconds === 0;
};
if (clock && !Number.isNaN(until)) {
  tick();
  setInterval(tick, 500);
}
