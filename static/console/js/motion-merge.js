// Own edits laid over newer ones of somebody else, where the two do not touch the same things.

const PARTS = [["trim"], ["people"], ["mirror"], ["tempo"], ["loop", "loop_blend_frames"]];

const text = (value) => JSON.stringify(value);
const part = (edits, names) => text(names.map((name) => edits[name]));
const endOf = (item) => item.last_frame ?? item.frame;
const touches = (one, other) =>
  one.item.track === other.item.track && one.item.joint === other.item.joint &&
  one.item.frame <= endOf(other.item) && other.item.frame <= endOf(one.item);

/**
 * base: what both began with. Gives { edits, lost: { parts: names, corrections: items } }: `theirs` with what `mine`
 * changes of `base`, and what of it they changed as well, which stays as they have it.
 */
export function mergeEdits(base, mine, theirs) {
  const edits = { ...theirs };
  const lost = { parts: [], corrections: [] };
  for (const names of PARTS) {
    const [was, own, other] = [base, mine, theirs].map((one) => part(one, names));
    if (own === was || own === other) continue;
    if (other !== was) lost.parts.push(names[0]);
    else for (const name of names) edits[name] = mine[name];
  }
  const merged = mergeCorrections(base.corrections, mine.corrections, theirs.corrections);
  return { edits: { ...edits, corrections: merged.corrections }, lost: { ...lost, corrections: merged.lost } };
}

function mergeCorrections(base, mine, theirs) {
  const [own, other] = [changesOf(base, mine), changesOf(base, theirs)];
  const [ownKeys, otherKeys] = [own, other].map((changes) => new Set(changes.map(text)));
  const news = other.filter((change) => !ownKeys.has(text(change)));
  const isRefused = (change) => {
    const isTheirsToo = otherKeys.has(text(change));
    return (isTheirsToo ? news : other).some((one) => touches(change, one));
  };
  const done = own.filter((change) => !isRefused(change) && !otherKeys.has(text(change)));
  const removed = new Set(done.filter((change) => !change.isAdded).map((change) => text(change.item)));
  const added = done.filter((change) => change.isAdded).map((change) => change.item);
  return {
    corrections: [...theirs.filter((item) => !removed.has(text(item))), ...added],
    lost: own.filter(isRefused).map((change) => change.item),
  };
}

/** What was added and removed: a joint that is placed elsewhere in a frame is both. */
function changesOf(before, after) {
  const [old, now] = [before, after].map((items) => new Set(items.map(text)));
  return [
    ...before.filter((item) => !now.has(text(item))).map((item) => ({ isAdded: false, item })),
    ...after.filter((item) => !old.has(text(item))).map((item) => ({ isAdded: true, item })),
  ];
}

/** The lost things in a list of the reader's language: parts of the edits, then joints with their frames. */
export function lostText(lost, words, jointNames, language, format) {
  const joints = new Map();
  for (const { joint, track, frame } of lost.corrections) {
    const key = `${track} ${joint}`;
    if (!joints.has(key)) joints.set(key, { joint, track, frames: new Set() });
    joints.get(key).frames.add(frame);
  }
  const named = [...joints.values()].map(({ joint, track, frames }) => format(words.lostJoint, {
    joint: jointNames[joint], track: track + 1, frames: [...frames].sort((one, other) => one - other).join(", "),
  }));
  const things = [...lost.parts.map((name) => words[`lost_${name}`]), ...named];
  return new Intl.ListFormat(language, { type: "conjunction" }).format(things);
}
