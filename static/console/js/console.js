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

// The pickers that search on the server are named by nothing: they take the text of their field's label. They are
// built at some time after the page, so whatever comes is looked at.
(() => {
  const named = (box) => {
    const select = box.closest(".select2-container")?.previousElementSibling;
    if (!(select instanceof HTMLSelectElement)) return;
    const label = select.labels?.[0]?.textContent.trim().split("\n")[0];
    const name = label || select.dataset.placeholder || select.name;
    box.removeAttribute("aria-labelledby");
    for (const part of [box, ...box.querySelectorAll("[role=textbox]")]) part.setAttribute("aria-label", name);
  };
  const look = () => document.querySelectorAll(".select2-selection[aria-labelledby]").forEach(named);
  const options = { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-labelledby"] };
  new MutationObserver(look).observe(document.documentElement, options);
  look();
})();
