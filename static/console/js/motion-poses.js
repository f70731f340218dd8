// A movement as the server sends it in compact form (docs/api/README.md, "Poses for browsers"), decoded.

/** Fetch and decode. Throws an Error with the server's message. */
export async function fetchPoses(address) {
  const answer = await fetch(address, { headers: { Accept: "application/octet-stream, application/json" } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).message ?? answer.statusText);
  return decodePoses(await answer.arrayBuffer());
}

/** { fps, frames, people, joints, aspect, isLoop, points (x, y pairs), confidence, at(frame, person, joint) }. */
export function decodePoses(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { frames, people, joints } = head;
  const count = frames * people * joints.length;
  const points = new Float32Array(buffer, 4 + length, 2 * count);
  const confidence = new Float32Array(buffer, 4 + length + 8 * count, count);
  return {
    fps: head.fps, frames, people, joints, aspect: head.aspect, isLoop: head.is_loop, points, confidence,
    at: (frame, person, joint) => (frame * people + person) * joints.length + joint,
  };
}
