// The edits as one document that is replaced as a whole, with undo, redo and saving in the background.

const SAVE_AFTER_MS = 700;
const MAX_STEPS = 200;

/**
 * save(edits, revision) resolves to the new revision, or rejects. onChange(edits) after every change, onState(state,
 * error) with "clean", "dirty", "saving", "failed".
 */
export function makeHistory({ edits, revision, save, onChange, onState }) {
  let now = edits;
  let stored = edits;
  let past = [];
  let future = [];
  let openLabel = "";
  let timer = 0;
  let saving = null;
  let isBroken = false;

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const changed = () => {
    onChange(now);
    if (isBroken) return;
    clearTimeout(timer);
    onState(same(now, stored) ? "clean" : "dirty");
    timer = setTimeout(() => flush().catch(() => {}), SAVE_AFTER_MS);
  };

  /** Replace the edits. Changes with the same label in a row, as of one drag, are one step of undo. */
  function change(next, label = "") {
    if (same(next, now)) return;
    if (!label || label !== openLabel) past = [...past, now].slice(-MAX_STEPS);
    openLabel = label;
    future = [];
    now = next;
    changed();
  }

  const close = () => { openLabel = ""; };
  const step = (from, to) => {
    if (!from.length) return false;
    to.push(now);
    now = from.pop();
    close();
    changed();
    return true;
  };

  /** Store what is not stored yet; resolves when the server has everything. */
  async function flush() {
    clearTimeout(timer);
    while (saving || !same(now, stored)) {
      if (isBroken) throw new Error("not saved");
      if (!saving) saving = put(now);
      await saving;
    }
  }

  async function put(sent, store = save) {
    onState("saving");
    try {
      revision = await store(sent, revision);
      stored = sent;
      onState(same(now, stored) ? "clean" : "dirty");
    } catch (error) {
      // Somebody else changed the edits: nothing of theirs may be overwritten. Other faults: the next change tries again.
      isBroken = error.isOutdated === true;
      onState("failed", error);
      throw error;
    } finally {
      saving = null;
    }
  }

  /** Store the edits once more, by another way: store(revision) resolves to the new revision. */
  async function restore(store) {
    await flush();
    saving = put(now, (_sent, current) => store(current));
    await saving;
  }

  /** Go on from what somebody else has stored, with own edits laid over it as one step of undo. */
  function adopt(theirs, newRevision, merged) {
    revision = newRevision;
    stored = theirs;
    past = same(merged, theirs) ? [] : [theirs];
    future = [];
    now = merged;
    isBroken = false;
    close();
    changed();
  }

  return {
    change, close, flush, restore, adopt,
    undo: () => step(past, future),
    redo: () => step(future, past),
    get edits() { return now; },
    get stored() { return stored; },
    get isBroken() { return isBroken; },
    get canUndo() { return past.length > 0; },
    get canRedo() { return future.length > 0; },
    get isSaved() { return !saving && same(now, stored); },
  };
}
