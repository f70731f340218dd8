// What happens to the version after the edits: previews are made, and how far that is.

const LOOK_AGAIN_MS = 1500;

/** show(facts) after every save: facts of the version as the edits' answer gives them. */
export function makeWork(root, setup, words, { flush, csrf, say }) {
  const find = (name) => root.querySelector(`[data-editor-${name}]`);
  const button = find("prepare");
  const bar = find("progress");
  const line = find("progress-said");
  let timer = 0;

  function show(facts) {
    if (facts.findings) {
      find("findings").replaceChildren(...facts.findings.map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }));
    }
  }

  async function look() {
    clearTimeout(timer);
    const answer = await fetch(setup.urls.version, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const facts = await answer.json();
    find("version-state").textContent = facts.state_text ?? facts.state;
    const isWorking = facts.state === "processing";
    bar.hidden = !isWorking;
    bar.value = facts.progress ?? 0;
    line.textContent = isWorking ? words.preparing : facts.preview_error_text || (facts.state === "ready" ? words.ready : "");
    button.disabled = isWorking || !setup.isEditable;
    if (isWorking) timer = setTimeout(look, LOOK_AGAIN_MS);
  }

  button?.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await flush();
      const answer = await fetch(setup.urls.prepare, {
        method: "POST", headers: { "X-CSRFToken": csrf(), Accept: "application/json", "Content-Type": "application/json" }, body: "{}",
      });
      const body = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(body.message || words.failed);
    } catch (error) {
      say(error.message, true);
      button.disabled = false;
    }
    look();
  });
  look();
  return { show };
}
