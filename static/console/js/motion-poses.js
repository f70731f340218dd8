// A movement as the server sends it in compact form (docs/api/poses.md), decoded.

/** Fetch and decode. Throws an Error with the server's message. */
export async function fetchPoses(address) {
  const answer = await fetch(address, { headers: { Accept: "application/octet-stream, application/json" } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).message ?? answer.statusText);
  return decodePoses(await answer.arrayBuffer());
}

/** { fps, frames, people, joints, bones, aspect, points (x, y, z), confidence, at(frame, person, joint) }. */
export function decodePoses(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { frames, tracks: people, joints } = head;
  const count = frames * people * joints.length;
  const points = new Float32Array(buffer, 4 + length, 3 * count);
  const confidence = Float32Array.from(new Uint16Array(buffer, 4 + length + 12 * count, count), fromHalf);
  return {
    fps: head.fps, frames, people, joints, bones: head.bones, aspect: head.aspect, points, confidence,
    at: (frame, person, joint) => (frame * people + person) * joints.length + joint,
  };
}

// IEEE 754 half precision; confidences are never infinite.
function fromHalf(bits) {
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  const size = exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction;
  return bits & 0x8000 ? -size : size;
}
