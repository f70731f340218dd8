// Blur, greyscale and boxes, remembered for each person; hold to reveal; how long grave content was seen.

const CLASSES = { blur: "is-blurred", grey: "is-grey", boxes: "has-boxes" };

export function makeVeil(root) {
  const base = root.dataset.base;
  const storageKey = (name) => `desk-${root.dataset.person}-${name}`;
  let item = null;
  let seenSince = 0;

  const isUnveiled = () => root.classList.contains("is-revealed") || !root.classList.contains(CLASSES.blur);

  /** Tell the server of a look that has ended. It is sent even when the page is being left. */
  const report = () => {
    if (!seenSince || !item?.dataset.deskItem) return;
    const body = new FormData();
    body.set("seconds", ((performance.now() - seenSince) / 1000).toFixed(2));
    body.set("csrfmiddlewaretoken", csrfToken(root));
    seenSince = 0;
    fetch(`${base}${item.dataset.deskItem}/exposure/`, {
      method: "POST", body, keepalive: true, headers: { Accept: "application/json" },
    }).then((answer) => (answer.ok ? answer.json() : null)).then((told) => {
      if (told?.shift) root.querySelector("[data-desk-shift]").innerHTML = told.shift;
    }).catch(() => {});
  };
  const watch = () => {
    const isSeen = isUnveiled() && document.visibilityState === "visible" && item?.querySelector("[data-desk-media]");
    if (isSeen && !seenSince) seenSince = performance.now();
    if (!isSeen) report();
  };

  const paint = () => {
    for (const button of root.querySelectorAll("[data-desk-toggle]")) {
      button.setAttribute("aria-pressed", String(root.classList.contains(CLASSES[button.dataset.deskToggle])));
    }
  };
  const toggle = (name) => {
    const isOn = root.classList.toggle(CLASSES[name]);
    localStorage.setItem(storageKey(name), isOn ? "1" : "0");
    paint();
    watch();
    window.dispatchEvent(new Event("resize"));
  };
  const reveal = () => { root.classList.add("is-revealed"); watch(); };
  const hide = () => { root.classList.remove("is-revealed"); watch(); };

  for (const [name, className] of Object.entries(CLASSES)) {
    root.classList.toggle(className, localStorage.getItem(storageKey(name)) !== "0");
  }
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-desk-toggle]");
    if (button) toggle(button.dataset.deskToggle);
  });
  // A finger or the mouse on the button, or on the content itself; the controls of a video keep their own use.
  root.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.target.closest("[data-desk-hold], [data-desk-media]")) reveal();
  });
  for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, hide);
  root.addEventListener("contextmenu", (event) => {
    if (event.target.closest("[data-desk-hold], [data-desk-media]")) event.preventDefault();
  });
  window.addEventListener("blur", hide);
  window.addEventListener("pagehide", report);
  document.addEventListener("visibilitychange", watch);

  return {
    toggle,
    reveal,
    hide,
    /** Another item is shown: what was seen of the former is told, and it begins veiled. */
    enter(next) {
      root.classList.remove("is-revealed");
      report();
      item = next;
      paint();
      watch();
    },
  };
}

/** The token of any form on the page; all of them carry the same. */
export function csrfToken(root) {
  return root.querySelector("[name=csrfmiddlewaretoken]")?.value
    ?? document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}
