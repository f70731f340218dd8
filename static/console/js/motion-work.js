// What happens to the version after the edits: what is found in it, and how far its previews are.

const LOOK_AGAIN_MS = 1500;

/** look() asks the server again: after every save, and while previews are being made. */
export function makeWork(root, setup, words, { flush, csrf, say }) {
  const find = (name) => root.querySelector(`[data-editor-${name}]`);
  const button = find("prepare");
  const bar = find("progress");
  const line = find("progress-said");
  let timer = 0;

  async function look() {
    clearTimeout(timer);
    const answer = await fetch(setup.urls.standing, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const facts = await answer.json();
    find("version-state").textContent = facts.state_text;
    find("findings").replaceChildren(...facts.findings.map(listItem));
    bar.hidden = !facts.is_working;
    bar.value = facts.progress;
    line.textContent = facts.is_working ? facts.stage_text || words.preparing
      : facts.error_text || (facts.is_ready ? words.ready : "");
    button.disabled = facts.is_working || !setup.isEditable;
    if (facts.is_working) timer = setTimeout(look, LOOK_AGAIN_MS);
  }

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await flush();
      const answer = await fetch(setup.urls.prepare, {
        method: "POST", headers: { "X-CSRFToken": csrf(), Accept: "application/json" },
      });
      const body = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(body.message || words.failed);
    } catch (error) {
      say(error.message, true);
    }
    look();
  });
  look();
  return { look };
}

function listItem(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}
