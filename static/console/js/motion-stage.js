// The stage: the source video with every track's skeleton over it. Joints can be picked, dragged and nudged.

const SEEN = 0.3;
const HIT_PIXELS = 18;
const NUDGE = 0.002; // of the frame's height
const NUDGE_FAR = 0.012;
const TRACK_COLOURS = ["#3ea6ff", "#ff9f43", "#4cd08a", "#e86bd0", "#f5d547", "#9b8cff", "#ff6b6b", "#5fe0e0"];

export const trackColour = (track) => TRACK_COLOURS[track % TRACK_COLOURS.length];

/**
 * root: holds a canvas and, where the take has a source clip, a video. pose(frame, track, joint) gives
 * { x, y, confidence } with the corrections in it. view() gives { tracks, track, joint, marks(track, joint, frame) }.
 */
export function makeStage(root, take, bones, { pose, view, onPick, onDrag, onDrop, onFrame }) {
  const canvas = root.querySelector("canvas");
  const video = root.querySelector("video");
  let sound = null; // the clip's sound, while somebody wants to hear it
  const context = canvas.getContext("2d");
  let frame = 0;
  let drag = null;
  let clock = 0; // request of the animation frame while it plays
  let range = { first: 0, last: take.frames - 1 };
  let rate = 1;
  let startedAt = 0;
  let startedFrame = 0;

  const size = () => {
    const box = root.getBoundingClientRect();
    const scale = window.devicePixelRatio || 1;
    const height = Math.min(box.height, box.width / take.aspect);
    return { box, scale, width: height * take.aspect, height };
  };

  function fit() {
    const { scale, width, height } = size();
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    if (video) { video.style.width = `${width}px`; video.style.height = `${height}px`; }
    draw();
  }

  function draw() {
    const unit = canvas.height;
    if (!unit) return;
    const shown = view();
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const track of shown.tracks) drawTrack(track, unit, shown);
  }

  function drawTrack(track, unit, shown) {
    const isChosen = track === shown.track;
    const points = take.joints.map((_, joint) => pose(frame, track, joint));
    context.globalAlpha = isChosen ? 1 : 0.45;
    context.lineCap = "round";
    context.lineWidth = Math.max(2, unit * 0.006);
    context.strokeStyle = trackColour(track);
    context.shadowColor = "rgb(0 0 0 / 60%)";
    context.shadowBlur = unit * 0.004;
    for (const [start, end] of bones) {
      const [one, other] = [points[start], points[end]];
      if (one.confidence < SEEN || other.confidence < SEEN) continue;
      context.beginPath();
      context.moveTo(one.x * unit, one.y * unit);
      context.lineTo(other.x * unit, other.y * unit);
      context.stroke();
    }
    context.shadowBlur = 0;
    points.forEach((point, joint) => {
      const isPicked = isChosen && joint === shown.joint;
      if (point.confidence < SEEN && !isPicked) return;
      const mark = shown.marks(track, joint, frame);
      context.beginPath();
      context.arc(point.x * unit, point.y * unit, unit * (isPicked ? 0.011 : 0.006), 0, 2 * Math.PI);
      context.fillStyle = mark === "place" ? "#ffffff" : confidenceColour(point.confidence);
      context.fill();
      context.lineWidth = Math.max(1, unit * (isPicked ? 0.004 : 0.0015));
      context.strokeStyle = isPicked ? "#ffffff" : "rgb(0 0 0 / 75%)";
      context.stroke();
    });
    context.globalAlpha = 1;
  }

  // Pointing.
  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.height, y: (event.clientY - box.top) / box.height };
  };

  function nearest(event) {
    const place = placeOf(event);
    const reach = HIT_PIXELS / canvas.getBoundingClientRect().height;
    const shown = view();
    const order = [shown.track, ...shown.tracks.filter((track) => track !== shown.track)];
    let best = null;
    for (const track of order) {
      take.joints.forEach((_, joint) => {
        const point = pose(frame, track, joint);
        const distance = Math.hypot(point.x - place.x, point.y - place.y);
        const isHidden = point.confidence < SEEN && !(track === shown.track && joint === shown.joint);
        if (!isHidden && distance < reach && (!best || distance < best.distance)) best = { track, joint, distance };
      });
      if (best) return best;
    }
    return null;
  }

  canvas.addEventListener("pointerdown", (event) => {
    const found = nearest(event);
    if (!found) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    pause();
    onPick(found.track, found.joint);
    const point = pose(frame, found.track, found.joint);
    const place = placeOf(event);
    drag = { ...found, frame, dx: point.x - place.x, dy: point.y - place.y, hasMoved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) { canvas.style.cursor = nearest(event) ? "grab" : "default"; return; }
    const place = placeOf(event);
    drag.hasMoved = true;
    onDrag(drag.frame, drag.track, drag.joint, place.x + drag.dx, place.y + drag.dy);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => { if (drag?.hasMoved) onDrop(); drag = null; });
  }
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const shown = view();
    if (!way || shown.joint === null || !event.altKey) return;
    event.preventDefault();
    const step = event.shiftKey ? NUDGE_FAR : NUDGE;
    const point = pose(frame, shown.track, shown.joint);
    onDrag(frame, shown.track, shown.joint, point.x + way[0] * step, point.y + way[1] * step);
  });

  // Time. The frame that is drawn is the one that the video shows, so the two never part.
  function seek(wanted) {
    frame = Math.max(0, Math.min(take.frames - 1, Math.round(wanted)));
    if (video) video.currentTime = (frame + 0.5) / take.fps;
    draw();
    onFrame(frame);
  }

  function tick(moment) {
    const now = video ? video.currentTime * take.fps : startedFrame + ((moment - startedAt) / 1000) * take.fps * rate;
    const passed = Math.floor(now + 1e-6);
    if (passed > range.last || (video?.ended && passed >= range.first)) {
      restart(range.first);
    } else if (passed !== frame) {
      frame = Math.max(0, Math.min(take.frames - 1, passed));
      draw();
      onFrame(frame);
    }
    clock = requestAnimationFrame(tick);
  }

  function restart(from) {
    frame = from;
    startedFrame = from;
    startedAt = performance.now();
    if (video) { video.currentTime = (from + 0.5) / take.fps; if (video.paused) video.play().catch(() => {}); }
    follow(from);
    draw();
    onFrame(frame);
  }

  function follow(from) {
    if (!sound) return;
    sound.playbackRate = rate;
    sound.currentTime = from / take.fps;
    sound.play().catch(() => {});
  }

  function play() {
    if (clock) return;
    if (video) video.playbackRate = rate;
    restart(frame < range.first || frame >= range.last ? range.first : frame);
    clock = requestAnimationFrame(tick);
    root.dataset.playing = "";
  }

  function pause() {
    if (!clock) return;
    cancelAnimationFrame(clock);
    clock = 0;
    delete root.dataset.playing;
    video?.pause();
    sound?.pause();
    seek(frame);
  }

  new ResizeObserver(fit).observe(root);
  if (video) video.addEventListener("loadeddata", () => seek(frame), { once: true });
  fit();

  return {
    draw, seek, play, pause,
    toggle: () => (clock ? pause() : play()),
    setRange: (first, last) => { range = { first, last }; },
    setRate: (value) => {
      if (clock) { startedFrame = frame; startedAt = performance.now(); }
      rate = value;
      for (const media of [video, sound]) if (media) media.playbackRate = value;
    },
    setSound: (media) => {
      sound?.pause();
      sound = media;
      if (clock) follow(frame);
    },
    get frame() { return frame; },
    get isPlaying() { return clock !== 0; },
  };
}

/** Red where the estimator was unsure, yellow in between, green where it was sure. */
export function confidenceColour(confidence) {
  return `hsl(${Math.round(130 * Math.max(0, Math.min(1, (confidence - 0.2) / 0.7)))} 75% 50%)`;
}
