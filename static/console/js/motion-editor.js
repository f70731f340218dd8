// Motion editor: what a template keeps of a take, and the corrections of its joints. Saved as one goes, with undo.

import { correctedJoint } from "./motion-keyframes.js";
import { fetchPoses } from "./motion-poses.js";
import { makeHistory } from "./motion-history.js";
import { lostText, mergeEdits } from "./motion-merge.js";
import { makeStage, trackColour } from "./motion-stage.js";
import { makeTimeline } from "./motion-timeline.js";
import { makeResult } from "./motion-result.js";
import { makeWork } from "./motion-work.js";

const UNSURE = 0.6;
const BRIDGED = 4; // frames
const LONGEST = 45; // frames of one stretch: what is unsure for long is looked at in pieces

const root = document.querySelector("[data-editor]");
const setup = JSON.parse(document.getElementById("editor-setup").textContent);
const words = JSON.parse(document.getElementById("editor-words").textContent);
const find = (name) => root.querySelector(`[data-editor-${name}]`);
const all = (name) => [...root.querySelectorAll(`[data-editor-${name}]`)];
const format = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

start().catch((error) => say(error.message || words.failed, true));

async function start() {
  const take = await fetchPoses(setup.urls.takePoses);
  const rows = setup.rows.map((row) => ({ name: row.name, joints: row.joints.map((name) => take.joints.indexOf(name)) }));
  const { bones } = take;
  const reach = Math.max(1, Math.round(setup.reachSeconds * take.fps));
  const ways = new Map(); // corrected joints, by "track joint"
  let picked = { track: (setup.edits.people ?? [setup.mainTrack])[0] ?? 0, joint: null };
  let clipBpm = setup.bpm; // of the music as it was filmed
  let unsavedBpm = null; // as it was typed, while somebody else's edits stand in its way
  let result = null;
  let stage = null;
  let timeline = null;

  const history = makeHistory({
    edits: setup.edits, revision: setup.revision, save, onState: showState,
    onChange: () => { ways.clear(); show(); },
  });
  const edits = () => history.edits;
  const shownTracks = () => Array.from({ length: take.people }, (_, track) => track).filter((track) => isPresent(track));
  const isPresent = (track) => {
    const facts = setup.tracks[track];
    const frame = stage?.frame ?? 0;
    return !facts || (frame >= facts.first_frame && frame <= facts.last_frame);
  };
  const trim = () => edits().trim ?? { first_frame: 0, last_frame: take.frames - 1 };
  const of = (track, joint) => edits().corrections.filter((one) => one.track === track && one.joint === take.joints[joint]);

  function way(track, joint) {
    const key = `${track} ${joint}`;
    if (!ways.has(key)) ways.set(key, correctedJoint(take, track, joint, of(track, joint), reach));
    return ways.get(key);
  }
  const corrected = new Set(); // which joints have corrections: the others are read as they are
  const pose = (frame, track, joint) => {
    if (corrected.has(`${track} ${joint}`)) {
      const along = way(track, joint);
      return { x: along.x[frame], y: along.y[frame], confidence: along.confidence[frame] };
    }
    const at = take.at(frame, track, joint);
    return { x: take.points[3 * at], y: take.points[3 * at + 1], confidence: take.confidence[at] };
  };
  const noteCorrected = () => {
    corrected.clear();
    for (const one of edits().corrections) corrected.add(`${one.track} ${take.joints.indexOf(one.joint)}`);
  };
  noteCorrected();

  stage = makeStage(find("stage"), take, bones, {
    pose,
    view: () => ({
      tracks: shownTracks(), track: picked.track, joint: picked.joint,
      marks: (track, joint, frame) => of(track, joint).find((one) => one.kind === "place" && one.frame === frame)?.kind,
    }),
    onPick: (track, joint) => pick(track, joint),
    onDrag: place,
    onDrop: () => history.close(),
    onFrame: (frame) => { showTime(frame); timeline?.draw(); },
  });
  timeline = makeTimeline(find("timeline"), take, rows, {
    state: () => ({
      frame: stage.frame, first: trim().first_frame, last: trim().last_frame, ...picked,
      keyframes: edits().corrections.filter((one) => one.track === picked.track).map((one) => ({
        frame: one.frame, lastFrame: one.last_frame ?? one.frame, joint: take.joints.indexOf(one.joint), kind: one.kind,
      })),
    }),
    facts: (track) => ({
      energy: setup.analysis.energy ?? [],
      beats: setup.beats.map((seconds) => seconds * take.fps),
      turns: (setup.analysis.turns ?? []).filter((turn) => turn.track === track).map((turn) => [turn.first_frame, turn.last_frame]),
    }),
    confidence: (frame, track, joint) => pose(frame, track, joint).confidence,
    onSeek: (frame) => { stage.pause(); stage.seek(frame); },
    onPick: (joints) => pick(picked.track, joints[0]),
    onTrim: (end, frame) => setTrim(end, frame),
  });

  // Changes, each one step of undo.
  const change = (changes, label = "") => setup.isEditable && history.change({ ...edits(), ...changes }, label);

  function place(frame, track, joint, x, y) {
    const name = take.joints[joint];
    const others = edits().corrections.filter(
      (one) => !(one.kind === "place" && one.track === track && one.joint === name && one.frame === frame),
    );
    const round = (value) => Math.round(value * 1e5) / 1e5;
    const made = { kind: "place", track, joint: name, frame, x: round(x), y: round(y), reach: null };
    change({ corrections: [...others, made] }, `place ${track} ${joint} ${frame}`);
  }

  function setTrim(end, frame) {
    const now = trim();
    const shortest = Math.ceil(setup.limits.minSeconds * take.fps);
    const first = end === "first" ? Math.min(frame, now.last_frame - shortest + 1) : now.first_frame;
    const last = end === "last" ? Math.max(frame, now.first_frame + shortest - 1) : now.last_frame;
    setKept(Math.max(0, first), Math.min(take.frames - 1, last), "trim");
  }

  function setKept(first, last, label = "") {
    const isWhole = first === 0 && last === take.frames - 1;
    change({ trim: isWhole ? null : { first_frame: first, last_frame: last } }, label);
  }

  function mark(kind) {
    const span = Number(find("span").value) || 1;
    const last = Math.min(take.frames - 1, stage.frame + span - 1);
    const made = { kind, track: picked.track, joint: take.joints[picked.joint], frame: stage.frame, last_frame: last };
    change({ corrections: [...edits().corrections, made] });
  }

  function removeAt(frame) {
    const doomed = of(picked.track, picked.joint).filter((one) => one.frame <= frame && (one.last_frame ?? one.frame) >= frame);
    change({ corrections: edits().corrections.filter((one) => !doomed.includes(one)) });
  }

  function setPeople() {
    const chosen = all("performer").filter((box) => box.checked).map((box) => Number(box.value));
    const before = (edits().people ?? Array.from({ length: take.people }, (_, track) => track)).filter((track) => chosen.includes(track));
    const order = [...before, ...chosen.filter((track) => !before.includes(track))];
    if (order.length) change({ people: order });
    else showPeople(); // a template has at least one performer
  }

  function move(track, by) {
    const order = [...(edits().people ?? Array.from({ length: take.people }, (_, index) => index))];
    const at = order.indexOf(track);
    const to = at + by;
    if (at < 0 || to < 0 || to >= order.length) return;
    [order[at], order[to]] = [order[to], order[at]];
    change({ people: order });
  }

  // Finding what is bad: the worst stretches of the chosen performer, one after the other; what was mended is none.
  let worstSeen = -1;
  function jumpToWorst() {
    const isUnsure = (frame, joint) => pose(frame, picked.track, joint).confidence < UNSURE;
    const found = unsureStretches(rows.flatMap((row) => row.joints), trim(), isUnsure);
    const depth = ({ first, last, joint }) => {
      let sum = 0;
      for (let frame = first; frame <= last; frame += 1) sum += UNSURE - pose(frame, picked.track, joint).confidence;
      return sum;
    };
    const worst = found.map((one) => ({ ...one, depth: depth(one) })).sort((one, other) => other.depth - one.depth);
    if (!worst.length) { say(words.noWorst); return; }
    worstSeen = (worstSeen + 1) % worst.length;
    const { first, last, joint } = worst[worstSeen];
    stage.pause();
    stage.seek(Math.floor((first + last) / 2));
    pick(picked.track, joint);
    const here = pose(stage.frame, picked.track, joint).confidence;
    say(format(words.worst, {
      joint: setup.jointNames[take.joints[joint]], percent: Math.round(100 * here), first, last,
      number: worstSeen + 1, count: worst.length,
    }));
  }

  function pick(track, joint) {
    if (track !== picked.track) worstSeen = -1;
    const isOther = track !== picked.track;
    picked = { track, joint };
    if (isOther) timeline.refresh();
    show();
  }

  // What is shown.
  function show() {
    noteCorrected();
    const now = edits();
    stage.setRange(trim().first_frame, trim().last_frame);
    find("undo").disabled = !history.canUndo;
    find("redo").disabled = !history.canRedo;
    find("mirror").checked = now.mirror;
    find("tempo").value = now.tempo;
    find("tempo-said").textContent = format(clipBpm ? words.tempoBpm : words.tempo, {
      factor: now.tempo.toFixed(2), bpm: clipBpm ? (clipBpm * now.tempo).toFixed(1) : "",
    });
    find("bpm").value = clipBpm ? Number(clipBpm.toFixed(2)) : "";
    find("loop").checked = now.loop;
    find("blend").value = now.loop_blend_frames;
    find("blend").disabled = !now.loop || !setup.isEditable;
    find("first").value = trim().first_frame;
    find("last").value = trim().last_frame;
    const seconds = (trim().last_frame - trim().first_frame + 1) / take.fps / now.tempo;
    find("length").textContent = format(words.length, { seconds: seconds.toFixed(2) });
    showPeople();
    showJoint();
    showTime(stage.frame);
    stage.draw();
    timeline.refresh();
  }

  function showPeople() {
    const order = edits().people ?? Array.from({ length: take.people }, (_, track) => track);
    for (const box of all("performer")) {
      const track = Number(box.value);
      box.checked = order.includes(track);
      const row = box.closest("[data-editor-track]");
      row.classList.toggle("is-picked", track === picked.track);
      row.style.setProperty("--track", trackColour(track));
      row.querySelector("[data-editor-number]").textContent = box.checked
        ? format(words.performer, { number: order.indexOf(track) + 1 }) : words.leftOut;
    }
  }

  function showJoint() {
    const has = picked.joint !== null;
    find("joint-panel").hidden = !has;
    find("joint-none").hidden = has;
    if (!has) return;
    find("joint").value = take.joints[picked.joint];
    const here = pose(stage.frame, picked.track, picked.joint);
    const counts = of(picked.track, picked.joint);
    find("joint-said").textContent = format(words.joint, {
      percent: Math.round(100 * here.confidence), count: counts.length,
      kind: counts.some((one) => one.kind === "place" && one.frame === stage.frame) ? words.keyframe : "",
    });
    const isTouched = counts.some((one) => one.frame <= stage.frame && (one.last_frame ?? one.frame) >= stage.frame);
    find("remove").disabled = !isTouched || !setup.isEditable;
    find("clear").disabled = !counts.length || !setup.isEditable;
  }

  function showTime(frame) {
    find("time").textContent = format(words.time, { frame, frames: take.frames - 1, seconds: (frame / take.fps).toFixed(2) });
    find("scrub").value = frame;
    if (picked.joint !== null && !stage.isPlaying) showJoint();
  }

  // The tempo of the music, as it was filmed: it is not one of the edits, and is stored at once.
  async function setBpm(value) {
    try {
      await history.flush();
      const wanted = value === "" ? null : clamp(Number(value), 20, 400);
      await history.restore((revision) => save(edits(), revision, { bpm: wanted && wanted * edits().tempo }));
      clipBpm = wanted;
    } catch (error) {
      if (history.isBroken) unsavedBpm = value;
      say(error.message, true);
    }
    show();
  }

  // Somebody else has saved meanwhile: their edits, and over them what is not saved of one's own.
  async function applyAgain() {
    find("again").disabled = true;
    try {
      const answer = await fetch(setup.urls.edits, { headers: { Accept: "application/json" } });
      const theirs = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(theirs.message || words.failed);
      const { edits: merged, lost } = mergeEdits(history.stored, history.edits, theirs.edits);
      const theirBpm = theirs.bpm ? theirs.bpm / theirs.edits.tempo : null;
      const [typed, isBpmTheirs] = [unsavedBpm, Math.abs((theirBpm ?? 0) - (clipBpm ?? 0)) > 0.005];
      [clipBpm, unsavedBpm] = [theirBpm, null];
      history.adopt(theirs.edits, theirs.edits_revision, merged);
      if (typed !== null && isBpmTheirs) lost.parts.push("bpm");
      else if (typed !== null) await setBpm(typed);
      const isAll = !lost.parts.length && !lost.corrections.length;
      const language = document.documentElement.lang || "en";
      say(isAll ? words.appliedAgain
        : format(words.appliedExcept, { things: lostText(lost, words, setup.jointNames, language, format) }), !isAll);
      result.refresh();
      work.look();
      find("stage").querySelector("canvas").focus({ preventScroll: true });
    } catch (error) {
      say(error.message, true);
    } finally {
      find("again").disabled = false;
    }
  }

  // Saving.
  async function save(sent, revision, more = {}) {
    const answer = await fetch(setup.urls.edits, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), Accept: "application/json" },
      body: JSON.stringify({ edits_revision: revision, edits: sent, ...more }),
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const error = new Error(body.message || words.failed);
      error.isOutdated = answer.status === 409;
      error.code = body.code;
      throw error;
    }
    result?.refresh();
    work.look();
    return body.edits_revision;
  }

  function showState(state, error) {
    const line = find("state");
    line.textContent = state === "failed" ? `${words.failed} ${error.message}` : words[state];
    line.dataset.state = state;
    find("reload").hidden = !error?.isOutdated;
    find("again").hidden = error?.code !== "edits_outdated";
  }

  // Wiring.
  const on = (name, kind, act) => find(name)?.addEventListener(kind, act);
  on("play", "click", () => stage.toggle());
  on("rate", "change", (event) => stage.setRate(Number(event.target.value)));
  on("sound", "change", (event) => stage.setSound(event.target.checked ? find("music") : null));
  on("scrub", "input", (event) => { stage.pause(); stage.seek(Number(event.target.value)); });
  on("undo", "click", () => history.undo());
  on("redo", "click", () => history.redo());
  on("worst", "click", jumpToWorst);
  on("mirror", "change", (event) => change({ mirror: event.target.checked }));
  on("tempo", "input", (event) => change({ tempo: Number(event.target.value) }, "tempo"));
  on("tempo", "change", () => history.close());
  on("bpm", "change", (event) => setBpm(event.target.value));
  on("loop", "change", (event) => change(event.target.checked
    ? { loop: true, loop_blend_frames: Math.round(setup.blendSeconds * take.fps) } : { loop: false, loop_blend_frames: 0 }));
  on("blend", "change", (event) => change({ loop_blend_frames: clamp(Math.round(Number(event.target.value)), 0, 240) }));
  on("first", "change", (event) => setTrim("first", clamp(Number(event.target.value), 0, take.frames - 1)));
  on("last", "change", (event) => setTrim("last", clamp(Number(event.target.value), 0, take.frames - 1)));
  on("first-here", "click", () => setTrim("first", stage.frame));
  on("last-here", "click", () => setTrim("last", stage.frame));
  on("whole", "click", () => setKept(0, take.frames - 1));
  on("joint", "change", (event) => pick(picked.track, take.joints.indexOf(event.target.value)));
  on("hide", "click", () => mark("hidden"));
  on("see", "click", () => mark("seen"));
  on("remove", "click", () => removeAt(stage.frame));
  on("clear", "click", () => {
    const doomed = of(picked.track, picked.joint);
    change({ corrections: edits().corrections.filter((one) => !doomed.includes(one)) });
  });
  on("again", "click", applyAgain);
  on("reload", "click", () => window.location.reload());
  on("pick-any", "click", () => pick(picked.track, 0));
  for (const box of all("performer")) box.addEventListener("change", setPeople);
  for (const button of all("choose")) button.addEventListener("click", () => pick(Number(button.dataset.editorChoose), picked.joint));
  for (const button of all("up")) button.addEventListener("click", () => move(Number(button.dataset.editorUp), -1));
  for (const button of all("loop-use")) {
    button.addEventListener("click", () => {
      const [first, last] = button.dataset.editorLoopUse.split(" ").map(Number);
      change({
        trim: first === 0 && last === take.frames - 1 ? null : { first_frame: first, last_frame: last },
        loop: true, loop_blend_frames: Math.round(setup.blendSeconds * take.fps),
      });
      stage.seek(first);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input:not([type=range]), select, textarea") || event.isComposing) return;
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    const act = isCommand ? { z: () => (event.shiftKey ? history.redo() : history.undo()), y: () => history.redo() }[key]
      : event.altKey ? null
        : {
          " ": () => stage.toggle(), arrowleft: () => step(event.shiftKey ? -10 : -1), arrowright: () => step(event.shiftKey ? 10 : 1),
          w: jumpToWorst, i: () => setTrim("first", stage.frame), o: () => setTrim("last", stage.frame),
          h: () => picked.joint !== null && mark("hidden"), escape: () => pick(picked.track, null),
          delete: () => picked.joint !== null && removeAt(stage.frame),
        }[key];
    if (!act || (key === " " && event.target.closest("button, a, summary"))) return;
    if (event.target.matches?.("input[type=range]") && key.startsWith("arrow")) return;
    event.preventDefault();
    act();
  });
  const step = (by) => { stage.pause(); stage.seek(stage.frame + by); };
  window.addEventListener("beforeunload", (event) => { if (!history.isSaved) event.preventDefault(); });

  result = makeResult(find("result"), setup.urls.resultPoses, words);
  const work = makeWork(root, setup, words, { flush: () => history.flush(), csrf, say });
  find("scrub").max = take.frames - 1;
  for (const name of ["first", "last"]) find(name).max = take.frames - 1;
  if (!setup.isEditable) for (const input of root.querySelectorAll("[data-editor-changes] :is(input, button, select)")) input.disabled = true;
  stage.seek(trim().first_frame);
  showState("clean");
  show();
  root.dataset.ready = "";
}

/** Stretches of frames in which a joint is unsure; a few sure frames in between do not part them. */
function unsureStretches(joints, { first_frame, last_frame }, isUnsure) {
  const found = [];
  for (const joint of joints) {
    let open = null;
    for (let frame = first_frame; frame <= last_frame; frame += 1) {
      if (!isUnsure(frame, joint)) continue;
      if (open && frame - open.last <= BRIDGED && frame - open.first < LONGEST) open.last = frame;
      else found.push((open = { joint, first: frame, last: frame }));
    }
  }
  return found;
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

function say(text, isBad = false) {
  const line = find("said");
  line.textContent = text;
  line.classList.toggle("is-bad", isBad);
}

function csrf() {
  return root.querySelector("[name=csrfmiddlewaretoken]").value;
}
