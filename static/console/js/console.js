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

// The pickers that search on the server are named by nothing: they take the text of their field's label.
window.addEventListener("load", () => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const name = select.labels?.[0]?.firstChild?.textContent.trim() || select.dataset.placeholder || select.name;
    const box = select.parentElement.querySelector(".select2-selection");
    if (!name || !box) continue;
    box.removeAttribute("aria-labelledby");
    for (const part of [box, ...box.querySelectorAll("[role=textbox]")]) part.setAttribute("aria-label", name);
  }
});
