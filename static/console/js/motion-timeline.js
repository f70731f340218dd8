// The timeline: movement, beats, turns, what is kept, and one row of confidence for each part of the body.

import { confidenceColour } from "./motion-stage.js";

const ROW = 13;
const GAP = 2;
const TOP = 54; // the part with movement, beats and turns

/**
 * rows: [{ name, joints }]. state() gives { frame, first, last, track, joint, keyframes: [{ frame, joint, kind, lastFrame }] }.
 * facts: { energy, beats (frames), turns ([first, last] frames) } of the chosen track.
 */
export function makeTimeline(root, take, rows, { state, facts, confidence, onSeek, onPick, onTrim }) {
  const canvas = root.querySelector("canvas");
  const context = canvas.getContext("2d");
  let cells = null; // the confidence rows, drawn once for a track
  let held = "";

  const height = () => TOP + rows.length * (ROW + GAP);
  const xOf = (frame) => (frame / take.frames) * canvas.width;
  const frameAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width;
    return Math.max(0, Math.min(take.frames - 1, Math.floor(part * take.frames)));
  };
  const rowAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const y = ((event.clientY - box.top) / box.height) * height();
    return y < TOP ? null : (rows[Math.floor((y - TOP) / (ROW + GAP))] ?? null);
  };

  function fit() {
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(root.clientWidth * scale);
    canvas.height = Math.round(height() * scale);
    canvas.style.height = `${height()}px`;
    cells = null;
    draw();
  }

  function drawCells(scale) {
    const buffer = document.createElement("canvas");
    buffer.width = canvas.width;
    buffer.height = canvas.height;
    const paint = buffer.getContext("2d");
    const { track } = state();
    const columns = Math.max(1, Math.min(take.frames, Math.floor(canvas.width / scale)));
    rows.forEach((row, index) => {
      const y = (TOP + index * (ROW + GAP)) * scale;
      for (let column = 0; column < columns; column += 1) {
        const first = Math.floor((column * take.frames) / columns);
        const last = Math.max(first, Math.floor(((column + 1) * take.frames) / columns) - 1);
        let lowest = 1;
        for (let frame = first; frame <= last; frame += 1) {
          for (const joint of row.joints) lowest = Math.min(lowest, confidence(frame, track, joint));
        }
        paint.fillStyle = confidenceColour(lowest);
        const left = (column * canvas.width) / columns;
        paint.fillRect(left, y, canvas.width / columns + 0.6, ROW * scale);
      }
    });
    return buffer;
  }

  function draw() {
    const scale = canvas.height / height();
    if (!canvas.width || !scale) return;
    const now = state();
    const known = facts(now.track);
    context.clearRect(0, 0, canvas.width, canvas.height);
    cells ??= drawCells(scale);
    context.drawImage(cells, 0, 0);
    drawTurns(known.turns, scale);
    drawEnergy(known.energy, scale);
    drawBeats(known.beats, scale);
    drawKeyframes(now, scale);
    // What is cut off is dimmed.
    context.fillStyle = getComputedStyle(root).getPropertyValue("--editor-dim") || "rgb(20 20 28 / 62%)";
    context.fillRect(0, 0, xOf(now.first), canvas.height);
    context.fillRect(xOf(now.last + 1), 0, canvas.width, canvas.height);
    context.fillStyle = "#f59e0b";
    for (const at of [xOf(now.first), xOf(now.last + 1)]) context.fillRect(at - 2 * scale, 0, 4 * scale, TOP * scale);
    context.fillStyle = "#ef4444";
    context.fillRect(xOf(now.frame + 0.5) - scale, 0, 2 * scale, canvas.height);
    const picked = rows.findIndex((row) => row.joints.includes(now.joint));
    if (picked >= 0) {
      context.strokeStyle = getComputedStyle(root).color;
      context.lineWidth = 1.5 * scale;
      context.strokeRect(scale, (TOP + picked * (ROW + GAP) - 1) * scale, canvas.width - 2 * scale, (ROW + 2) * scale);
    }
  }

  function drawEnergy(energy, scale) {
    const most = Math.max(...energy, 1e-6);
    const base = (TOP - 6) * scale;
    context.beginPath();
    context.moveTo(0, base);
    energy.forEach((value, index) => {
      context.lineTo(((index + 0.5) / energy.length) * canvas.width, base - (value / most) * (TOP - 18) * scale);
    });
    context.lineTo(canvas.width, base);
    context.closePath();
    context.fillStyle = "rgb(99 130 255 / 45%)";
    context.fill();
  }

  function drawBeats(beats, scale) {
    context.fillStyle = getComputedStyle(root).color;
    for (const beat of beats) context.fillRect(xOf(beat) - 0.5 * scale, 2 * scale, scale, 8 * scale);
  }

  function drawTurns(turns, scale) {
    context.fillStyle = "rgb(220 38 38 / 28%)";
    for (const [first, last] of turns) {
      context.fillRect(xOf(first), 12 * scale, xOf(last + 1) - xOf(first), (TOP - 18) * scale);
    }
  }

  function drawKeyframes(now, scale) {
    for (const mark of now.keyframes) {
      const row = rows.findIndex((one) => one.joints.includes(mark.joint));
      if (row < 0) continue;
      const y = (TOP + row * (ROW + GAP)) * scale;
      if (mark.kind === "place") {
        context.fillStyle = "#ffffff";
        context.strokeStyle = "#111827";
        context.lineWidth = scale;
        context.beginPath();
        context.arc(xOf(mark.frame + 0.5), y + (ROW / 2) * scale, 4 * scale, 0, 2 * Math.PI);
        context.fill();
        context.stroke();
      } else {
        context.fillStyle = mark.kind === "hidden" ? "rgb(17 24 39 / 75%)" : "rgb(255 255 255 / 70%)";
        const left = xOf(mark.frame);
        context.fillRect(left, y + 4 * scale, Math.max(2, xOf(mark.lastFrame + 1) - left), (ROW - 8) * scale);
      }
    }
  }

  canvas.addEventListener("pointerdown", (event) => {
    const frame = frameAt(event);
    const now = state();
    const box = canvas.getBoundingClientRect();
    const reach = (8 / box.width) * take.frames;
    const row = rowAt(event);
    if (!row && Math.abs(frame - now.first) <= reach) held = "first";
    else if (!row && Math.abs(frame - now.last) <= reach) held = "last";
    else {
      held = "seek";
      onSeek(frame);
      if (row) onPick(row.joints);
    }
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (held === "seek") onSeek(frameAt(event));
    else if (held) onTrim(held, frameAt(event));
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { held = ""; });

  new ResizeObserver(fit).observe(root);
  fit();
  return { draw, refresh: () => { cells = null; draw(); } };
}
