// A short burst of paper when a video is ready; nothing for readers who asked for less motion.

import { calm } from "./dom.js";

const COLOURS = ["#c9ff3d", "#ff3d6e", "#7a5cff", "#ffffff", "#ffd23d"];

function piece(width, height) {
  return {
    x: width / 2 + (Math.random() - 0.5) * width * 0.3,
    y: height * 0.42,
    vx: (Math.random() - 0.5) * 15,
    vy: -6 - Math.random() * 13,
    size: 6 + Math.random() * 8,
    turn: Math.random() * 6,
    spin: (Math.random() - 0.5) * 0.3,
    colour: COLOURS[Math.floor(Math.random() * COLOURS.length)],
  };
}

/** Throw confetti over the page for about two and a half seconds. */
export function celebrate() {
  if (calm.matches) return;
  const canvas = document.createElement("canvas");
  canvas.className = "confetti";
  canvas.width = innerWidth;
  canvas.height = innerHeight;
  document.body.append(canvas);
  const pen = canvas.getContext("2d");
  const pieces = Array.from({ length: 110 }, () => piece(canvas.width, canvas.height));
  const end = performance.now() + 2600;
  const frame = (now) => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const bit of pieces) {
      bit.vy += 0.42;
      bit.vx *= 0.985;
      bit.x += bit.vx;
      bit.y += bit.vy;
      bit.turn += bit.spin;
      pen.setTransform(Math.cos(bit.turn), Math.sin(bit.turn), -Math.sin(bit.turn), Math.cos(bit.turn), bit.x, bit.y);
      pen.fillStyle = bit.colour;
      pen.fillRect(-bit.size / 2, -bit.size / 3, bit.size, bit.size * 0.66);
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    if (now < end) requestAnimationFrame(frame);
    else canvas.remove();
  };
  requestAnimationFrame(frame);
}
