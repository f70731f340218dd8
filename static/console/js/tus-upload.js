// A client of the resumable upload protocol tus 1.0.0 with checksums; what was begun is remembered.

const VERSION = "1.0.0";
const PREFIX = "portal.upload.";
const TRIES = 8;

export class UploadFault extends Error {
  /** status is 0 when the server could not be reached. */
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }

  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 500 || this.status === 460 || this.code === "motion_part_broken";
  }
}

const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
const inBase64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
const textInBase64 = (text) => inBase64(new TextEncoder().encode(text));
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** The same file for the same template has the same key, also after the page was loaded again. */
const keyOf = (file, template) => `${PREFIX}${template}|${file.name}|${file.size}|${file.lastModified}`;

/** Uploads that were begun here and not ended: [{key, address, template, name, size}]. */
export function interrupted() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => {
      const [template, name, size] = key.slice(PREFIX.length).split("|");
      return { key, address: localStorage.getItem(key), template, name, size: Number(size) };
    });
  } catch {
    return []; // a browser that keeps nothing
  }
}

/** Forget an upload that is over. */
export function forget(key) {
  try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
}

function remember(key, address) {
  try { localStorage.setItem(key, address); } catch { /* it cannot be resumed after a reload, that is all */ }
}

/** One request; resolves to the XMLHttpRequest. onSent hears bytes. */
function send(method, address, headers, body, { onSent, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    const all = { "Tus-Resumable": VERSION, Accept: "application/json", "X-CSRFToken": csrfToken(), ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    if (onSent) request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      if (request.status < 300) { resolve(request); return; }
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* no body, as of HEAD */ }
      reject(new UploadFault(request.status, said.code ?? "", said.message ?? ""));
    };
    request.onerror = () => reject(new UploadFault(0, "unreachable", ""));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}

/** How many bytes have come; null when the upload is gone. */
export async function offsetOf(address) {
  try {
    return Number((await send("HEAD", address, {}, null)).getResponseHeader("Upload-Offset"));
  } catch (fault) {
    if ([403, 404, 410].includes(fault.status)) return null;
    throw fault;
  }
}

export const giveUp = (address) => send("DELETE", address, {}, null);

async function checksum(part) {
  if (!window.crypto?.subtle) return {}; // only where the page came over HTTPS or from this machine
  const digest = await crypto.subtle.digest("SHA-256", await part.arrayBuffer());
  return { "Upload-Checksum": `sha256 ${inBase64(digest)}` };
}

async function create(api, file, template) {
  const metadata = `filename ${textInBase64(file.name)},template ${textInBase64(template)}`;
  const made = await send("POST", api, { "Upload-Length": String(file.size), "Upload-Metadata": metadata }, null);
  return new URL(made.getResponseHeader("Location"), location.href).pathname;
}

/**
 * Send a file, from where it was interrupted; resolves to the upload's address.
 * onStart(address, offset), onProgress(bytes), onWait(seconds) tell how it goes; signal aborts it.
 */
export async function upload({ api, file, template, partBytes, onStart, onProgress, onWait, signal }) {
  const key = keyOf(file, template);
  let address = interrupted().find((one) => one.key === key)?.address ?? null;
  let offset = address ? await offsetOf(address) : null;
  if (offset === null) {
    address = await create(api, file, template);
    remember(key, address);
    offset = 0;
  }
  onStart(address, offset);
  for (let tries = 0; offset < file.size;) {
    const part = file.slice(offset, Math.min(file.size, offset + partBytes));
    const base = offset;
    try {
      const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream", ...await checksum(part) };
      const answer = await send("PATCH", address, headers, part, { onSent: (bytes) => onProgress(base + bytes), signal });
      offset = Number(answer.getResponseHeader("Upload-Offset"));
      tries = 0;
    } catch (fault) {
      if (!(fault instanceof UploadFault) || !(fault.isTransient || fault.status === 409) || tries >= TRIES) throw fault;
      tries += 1;
      if (fault.status !== 409) {
        const seconds = Math.min(30, 2 ** tries);
        onWait(seconds);
        await pause(seconds * 1000);
        signal?.throwIfAborted();
      }
      const now = await offsetOf(address).catch(() => offset);
      if (now === null) throw new UploadFault(410, "motion_gone", "");
      offset = now;
    }
    onProgress(offset);
  }
  forget(key);
  return address;
}
