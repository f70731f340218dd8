// Corrections of single joints, computed as templates_app/poses/corrections.py does, so that a drag shows at once
// what the server will store. A test runs both over the same corrections and compares.

const SEEN = 0.3;
const CERTAIN = 1;

/** A track's joint after its corrections: { x, y, confidence } as arrays over the take's frames. */
export function correctedJoint(poses, track, joint, corrections, defaultReach) {
  const { frames } = poses;
  const way = { x: new Float64Array(frames), y: new Float64Array(frames), confidence: new Float64Array(frames) };
  for (let frame = 0; frame < frames; frame += 1) {
    const at = poses.at(frame, track, joint);
    way.x[frame] = poses.points[3 * at];
    way.y[frame] = poses.points[3 * at + 1];
    way.confidence[frame] = poses.confidence[at];
  }
  const places = corrections.filter((one) => one.kind === "place").sort((one, other) => one.frame - other.frame);
  if (places.length) placeKeyframes(way, places, defaultReach);
  for (const one of corrections.filter((other) => other.kind !== "place")) {
    way.confidence.fill(one.kind === "hidden" ? 0 : CERTAIN, one.frame, (one.last_frame ?? one.frame) + 1);
  }
  return way;
}

function placeKeyframes(way, places, defaultReach) {
  const frames = way.x.length;
  const at = places.map((one) => one.frame);
  const goal = { x: places.map((one) => one.x), y: places.map((one) => one.y) };
  const seen = Array.from(way.confidence, (value) => value >= SEEN);
  const [first, last] = [places[0], places.at(-1)];
  const knots = [
    first.frame - (first.reach ?? defaultReach) - 1, ...at, last.frame + (last.reach ?? defaultReach) + 1,
  ];
  const from = Math.max(0, knots[0] + 1);
  const to = Math.min(frames, knots.at(-1));
  for (const axis of ["x", "y"]) {
    const base = bridged(way[axis], seen, at, goal[axis]);
    const offsets = [0, ...at.map((frame, index) => goal[axis][index] - base[frame]), 0];
    const slopes = slopesOf(knots, offsets);
    for (let frame = from; frame < to; frame += 1) {
      way[axis][frame] = base[frame] + smoothAt(knots, offsets, slopes, frame);
    }
  }
  for (let frame = at[0]; frame <= at.at(-1); frame += 1) {
    if (way.confidence[frame] < SEEN) way.confidence[frame] = CERTAIN;
  }
  for (const frame of at) way.confidence[frame] = CERTAIN;
}

// Straight lines where the joint is not seen: coordinates mean nothing there.
function bridged(values, seen, at, goal) {
  const known = [...seen];
  const places = Float64Array.from(values);
  at.forEach((frame, index) => {
    if (!seen[frame]) places[frame] = goal[index];
    known[frame] = true;
  });
  if (known.every(Boolean) && seen.every(Boolean)) return places;
  const anchors = known.flatMap((is, frame) => (is ? [frame] : []));
  let next = 0;
  for (let frame = 0; frame < places.length; frame += 1) {
    if (known[frame]) continue;
    while (next < anchors.length && anchors[next] < frame) next += 1;
    if (next === 0) places[frame] = places[anchors[0]];
    else if (next === anchors.length) places[frame] = places[anchors.at(-1)];
    else {
      const [before, after] = [anchors[next - 1], anchors[next]];
      places[frame] = places[before] + ((places[after] - places[before]) * (frame - before)) / (after - before);
    }
  }
  return places;
}

// Fritsch and Carlson (1980) with Butland's harmonic slopes, level at both ends: nothing goes beyond the knots.
function slopesOf(knots, values) {
  const slopes = values.map(() => 0);
  for (let index = 1; index < knots.length - 1; index += 1) {
    const [stepBefore, stepAfter] = [knots[index] - knots[index - 1], knots[index + 1] - knots[index]];
    const before = (values[index] - values[index - 1]) / stepBefore;
    const after = (values[index + 1] - values[index]) / stepAfter;
    if (before * after <= 0) continue;
    const [weightBefore, weightAfter] = [stepBefore + 2 * stepAfter, 2 * stepBefore + stepAfter];
    slopes[index] = (weightBefore + weightAfter) / (weightAfter / before + weightBefore / after);
  }
  return slopes;
}

function smoothAt(knots, values, slopes, frame) {
  let piece = 0;
  while (piece < knots.length - 2 && knots[piece + 1] <= frame) piece += 1;
  const step = knots[piece + 1] - knots[piece];
  const part = (frame - knots[piece]) / step;
  return values[piece] * (1 + 2 * part) * (1 - part) ** 2
    + slopes[piece] * step * part * (1 - part) ** 2
    + values[piece + 1] * part ** 2 * (3 - 2 * part)
    - slopes[piece + 1] * step * part ** 2 * (1 - part);
}
