// Thumbnails of videos play while they are pointed at or focused.
(() => {
  const thumbnail = (event) =>
    event.target instanceof Element ? event.target.closest("video[data-portal-hover-play]") : null;
  const play = (event) => thumbnail(event)?.play().catch(() => {});
  const stop = (event) => thumbnail(event)?.pause();
  for (const [start, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(start, play);
    document.addEventListener(end, stop);
  }
})();
