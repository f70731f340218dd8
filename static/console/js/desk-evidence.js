// One item's evidence: boxes over the picture, findings to step through, moments of a video.

const NEAR_SECONDS = 0.6;

export function evidenceOf(item) {
  const media = item.querySelector("[data-desk-media]");
  const video = media?.querySelector("video") ?? null;
  const picture = media?.querySelector("img") ?? null;
  const boxes = [...item.querySelectorAll(".desk-box")];
  const rows = [...item.querySelectorAll("[data-desk-finding]")];
  const strip = item.querySelector("[data-desk-strip]");
  const leaving = new AbortController();
  const on = (target, name, act) => target?.addEventListener(name, act, { signal: leaving.signal });

  for (const box of boxes) for (const edge of ["left", "top", "width", "height"]) box.style[edge] = `${box.dataset[edge]}%`;

  // Labels stay inside the picture. The gravest keeps its height; one that would cover another moves down.
  const spreadLabels = () => {
    if (!media || !item.isConnected) return;
    const placed = [];
    const frame = media.getBoundingClientRect();
    for (const box of boxes.filter((one) => !one.hidden).reverse()) {
      const label = box.firstElementChild;
      label.style.transform = "";
      const start = label.getBoundingClientRect();
      const aside = Math.min(Math.max(0, start.right - frame.right), Math.max(0, start.left - frame.left));
      const free = { left: start.left - aside, right: start.right - aside, top: start.top, bottom: start.bottom };
      let down = 0;
      const hit = (other) => free.left < other.right && other.left < free.right
        && free.top + down < other.bottom && other.top < free.bottom + down;
      for (let other = placed.find(hit); other; other = placed.find(hit)) down = other.bottom - free.top + 1;
      label.style.transform = `translate(${-aside}px, ${down}px)`;
      placed.push({ left: free.left, right: free.right, top: free.top + down, bottom: free.bottom + down });
    }
  };

  // A box belongs to one moment of a video: it is shown while the video stands near it.
  const showMoment = () => {
    for (const box of boxes) {
      if (box.dataset.deskAt === undefined) continue;
      box.hidden = !video || Math.abs(video.currentTime - Number(box.dataset.deskAt)) > NEAR_SECONDS;
    }
    const now = strip?.querySelector("[data-desk-now]");
    if (now && video?.duration) now.style.left = `${(100 * video.currentTime) / video.duration}%`;
    spreadLabels();
  };
  const placeTicks = () => {
    if (!strip || !video?.duration) return;
    strip.classList.add("is-placed");
    for (const tick of strip.querySelectorAll("[data-desk-jump]")) {
      tick.style.left = `${Math.min(100, (100 * Number(tick.dataset.deskJump)) / video.duration)}%`;
    }
  };
  const seek = (seconds) => { if (video) { video.pause(); video.currentTime = Number(seconds); } };
  const whenReady = (act) => {
    if (!video) return;
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) act();
    else on(video, "loadedmetadata", act);
  };

  let chosen = -1;
  const choose = (index, { focus = true } = {}) => {
    if (!rows.length) return;
    chosen = (index + rows.length) % rows.length;
    const row = rows[chosen];
    for (const one of item.querySelectorAll(".is-chosen")) one.classList.remove("is-chosen");
    for (const one of item.querySelectorAll(`[data-desk-of="${row.dataset.deskFinding}"]`)) one.classList.add("is-chosen");
    row.classList.add("is-chosen");
    if (focus) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    if (row.dataset.deskMoment !== undefined) seek(row.dataset.deskMoment);
  };

  for (const name of ["timeupdate", "seeked"]) on(video, name, showMoment);
  on(picture, "load", spreadLabels);
  on(window, "resize", spreadLabels);
  whenReady(() => {
    placeTicks();
    if (video.dataset.deskSeek) video.currentTime = Number(video.dataset.deskSeek);
    showMoment();
  });
  rows.forEach((row, index) => on(row, "click", () => choose(index)));
  on(strip, "click", (event) => {
    const tick = event.target.closest("[data-desk-jump]");
    const frame = strip.getBoundingClientRect();
    if (tick) choose(rows.findIndex((row) => row.dataset.deskFinding === tick.dataset.deskOf), { focus: false });
    else if (video?.duration) seek((video.duration * (event.clientX - frame.left)) / frame.width);
  });
  // The player's own controls would lie under the veil; the strip and the buttons do their work.
  const mute = item.querySelector("[data-desk-mute]");
  if (video) { video.muted = true; video.controls = false; }
  const togglePlay = () => { if (video) { if (video.paused) video.play().catch(() => {}); else video.pause(); } };
  on(item.querySelector("[data-desk-play]"), "click", togglePlay);
  const toggleMuted = () => { if (video) video.muted = !video.muted; };
  on(mute, "click", toggleMuted);
  on(video, "volumechange", () => mute?.setAttribute("aria-pressed", String(video.muted)));
  showMoment();

  return {
    step: (by) => choose(chosen < 0 ? (by > 0 ? 0 : -1) : chosen + by),
    seekBy: (seconds) => { if (video) seek(Math.min(Math.max(0, video.currentTime + seconds), video.duration || 0)); },
    togglePlay,
    toggleMuted,
    leave() { leaving.abort(); video?.pause(); },
  };
}
