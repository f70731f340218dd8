// The library's own pages: asks before a step that is hard to take back, and orders featured slots.

for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", (event) => {
    if (!window.confirm(button.dataset.ask)) event.preventDefault();
  });
}

for (const button of document.querySelectorAll("[data-moment]")) {
  button.addEventListener("click", () => coverFromMoment(button));
}

/** The picture that the clip beside the button shows now becomes its character's cover, and the version's. */
async function coverFromMoment(button) {
  const video = button.closest("figure").querySelector("video");
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
  video.pause();
  button.disabled = true;
  const answer = await fetch(button.closest("[data-moments]").dataset.moments, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf, Accept: "application/json" },
    body: JSON.stringify({ character: button.dataset.moment, at_seconds: video.currentTime }),
  });
  if (answer.ok) return location.reload();
  button.disabled = false;
  document.querySelector("[data-moments-said]").textContent = (await answer.json()).message;
}

for (const list of document.querySelectorAll("[data-sortable]")) sortable(list);

/** Rows of `list` are dragged, or moved by their buttons; each move is told to screen readers. */
function sortable(list) {
  const told = document.querySelector("[data-order-told]");
  const order = () => [...list.querySelectorAll("input[name=slot]")].map((input) => input.value).join();
  const stored = order();
  let dragged = null;
  let isBeingStored = false;

  document.getElementById(list.dataset.sortable)?.addEventListener("submit", () => { isBeingStored = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!isBeingStored && order() !== stored) event.preventDefault();
  });

  const tell = (row) => {
    const place = [...list.children].indexOf(row) + 1;
    told.textContent = told.dataset.moved.replace("{name}", row.dataset.name).replace("{place}", String(place));
  };

  list.addEventListener("dragstart", (event) => {
    if (event.target.closest("input, form")) return event.preventDefault();
    dragged = event.target.closest("li");
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    const isBelow = event.clientY > box.top + box.height / 2;
    list.insertBefore(dragged, isBelow ? over.nextElementSibling : over);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("is-dragged");
    tell(dragged);
    dragged = null;
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    const other = button.dataset.move === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    list.insertBefore(button.dataset.move === "up" ? row : other, button.dataset.move === "up" ? other : row);
    button.focus();
    tell(row);
  });
}
