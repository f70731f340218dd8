// The reviewer's desk: veils, hold-to-reveal, evidence boxes, one-key decisions.
(() => {
  const desk = document.querySelector("[data-portal-desk]");
  const media = desk?.querySelector("[data-portal-media]");
  if (!desk) return;
  const classes = { blur: "is-blurred", grey: "is-grey", boxes: "has-boxes" };
  const keys = { b: "blur", g: "grey", x: "boxes" };

  const apply = (box) => media?.classList.toggle(classes[box.dataset.portalToggle], box.checked);
  desk.querySelectorAll("[data-portal-toggle]").forEach((box) => {
    const stored = localStorage.getItem(`desk-${box.dataset.portalToggle}`);
    if (stored !== null) box.checked = stored === "1";
    apply(box);
    box.addEventListener("change", () => {
      localStorage.setItem(`desk-${box.dataset.portalToggle}`, box.checked ? "1" : "0");
      apply(box);
    });
  });
  desk.querySelectorAll(".portal-desk__box").forEach((box) => {
    for (const edge of ["left", "top", "width", "height"]) box.style[edge] = `${box.dataset[edge]}%`;
  });
  const video = media?.querySelector("video[data-portal-seek]");
  video?.addEventListener("loadedmetadata", () => { video.currentTime = Number(video.dataset.portalSeek); }, { once: true });

  const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === " ") {
      event.preventDefault();
      media?.classList.add("is-revealed");
    } else if (keys[key]) {
      desk.querySelector(`[data-portal-toggle=${keys[key]}]`)?.click();
    } else {
      desk.querySelector(`[data-portal-key="${CSS.escape(key)}"]`)?.click();
    }
  });
  document.addEventListener("keyup", (event) => {
    if (event.key === " ") media?.classList.remove("is-revealed");
  });
  window.addEventListener("blur", () => media?.classList.remove("is-revealed"));
})();
