// What the edits come to: the movement as the template will have it, without the video.

import { fetchPoses } from "./motion-poses.js";
import { trackColour } from "./motion-stage.js";

const SEEN = 0.3;

export function makeResult(root, address, words) {
  const canvas = root.querySelector("canvas");
  const line = root.querySelector("[data-editor-result-said]");
  const button = root.querySelector("button");
  const context = canvas.getContext("2d");
  const wantsStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let poses = null;
  let clock = 0;
  let startedAt = 0;
  let stillAt = 0;
  let asked = 0;

  async function refresh() {
    asked += 1;
    const mine = asked;
    try {
      const read = await fetchPoses(address);
      if (mine !== asked) return; // a newer answer is on its way
      poses = read;
      line.textContent = words.result
        .replace("{seconds}", (poses.frames / poses.fps).toFixed(2)).replace("{people}", poses.people);
      startedAt = performance.now();
      fit();
    } catch (error) {
      line.textContent = error.message;
    }
  }

  function fit() {
    const scale = window.devicePixelRatio || 1;
    const height = root.clientWidth ? Math.min(260, root.clientWidth / poses.aspect) : 260;
    canvas.style.height = `${height}px`;
    canvas.style.width = `${height * poses.aspect}px`;
    canvas.height = Math.round(height * scale);
    canvas.width = Math.round(height * poses.aspect * scale);
    draw();
  }

  function draw() {
    if (!poses || !canvas.height) return;
    const frame = clock ? Math.floor(((performance.now() - startedAt) / 1000) * poses.fps) % poses.frames : stillAt % poses.frames;
    stillAt = frame;
    const unit = canvas.height;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.lineCap = "round";
    context.lineWidth = Math.max(2, unit * 0.012);
    for (let person = 0; person < poses.people; person += 1) {
      context.strokeStyle = trackColour(person);
      for (const [start, end] of poses.bones) {
        const [one, other] = [poses.at(frame, person, start), poses.at(frame, person, end)];
        if (poses.confidence[one] < SEEN || poses.confidence[other] < SEEN) continue;
        context.beginPath();
        context.moveTo(poses.points[3 * one] * unit, poses.points[3 * one + 1] * unit);
        context.lineTo(poses.points[3 * other] * unit, poses.points[3 * other + 1] * unit);
        context.stroke();
      }
    }
  }

  const tick = () => { draw(); clock = requestAnimationFrame(tick); };
  const toggle = () => {
    if (clock) { cancelAnimationFrame(clock); clock = 0; draw(); }
    else { startedAt = performance.now() - (1000 * stillAt) / (poses?.fps ?? 30); clock = requestAnimationFrame(tick); }
    button.setAttribute("aria-pressed", String(clock !== 0));
  };
  button.addEventListener("click", toggle);
  refresh();
  if (!wantsStill) toggle();
  return { refresh };
}
