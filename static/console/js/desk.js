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

  // A box belongs to one moment of a video: it is shown while the video stands near it.
  const nearSeconds = 0.6;
  const video = media?.querySelector("video");
  const showBoxes = () => {
    desk.querySelectorAll(".portal-desk__box[data-portal-at]").forEach((box) => {
      box.hidden = !video || Math.abs(video.currentTime - Number(box.dataset.portalAt)) > nearSeconds;
    });
    spreadLabels();
  };
  // Labels stay inside the picture. The gravest keeps its height; one that would cover another moves down.
  const spreadLabels = () => {
    if (!media) return;
    const placed = [];
    const frame = media.getBoundingClientRect();
    for (const box of [...desk.querySelectorAll(".portal-desk__box:not([hidden])")].reverse()) {
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
  for (const event of ["loadedmetadata", "timeupdate", "seeked"]) video?.addEventListener(event, showBoxes);
  media?.querySelector("img")?.addEventListener("load", spreadLabels);
  window.addEventListener("resize", spreadLabels);
  desk.querySelector("[data-portal-toggle=boxes]")?.addEventListener("change", spreadLabels);
  showBoxes();
  const seek = (seconds) => { if (video) video.currentTime = Number(seconds); };
  if (video?.dataset.portalSeek) {
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) seek(video.dataset.portalSeek);
    else video.addEventListener("loadedmetadata", () => seek(video.dataset.portalSeek), { once: true });
  }
  desk.querySelectorAll("[data-portal-moment]").forEach((row) => {
    row.addEventListener("click", () => { video?.pause(); seek(row.dataset.portalMoment); });
  });

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
