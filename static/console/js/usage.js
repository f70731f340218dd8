// The live strip is fetched again every ten seconds, while somebody can see it.
const strip = document.querySelector("[data-usage-live]");
const PAUSE = 10_000;
let timer = 0;

const fetchStrip = async () => {
  try {
    const answer = await fetch(strip.dataset.usageLive, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (answer.ok && !answer.redirected) strip.innerHTML = await answer.text();
  } catch {
    // The next turn tries again; the time below the figures tells how old they are.
  }
};
const turn = async () => {
  clearTimeout(timer);
  if (document.hidden) return;
  await fetchStrip();
  timer = setTimeout(turn, PAUSE);
};
if (strip) {
  document.addEventListener("visibilitychange", turn);
  timer = setTimeout(turn, PAUSE);
}
