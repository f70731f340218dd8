// The REST API of the portal, with the session's cookie, one error shape, and a guest account on first need.

import { config, text } from "./config.js";

export class ApiError extends Error {
  /** status is 0 when the server could not be reached. */
  constructor(status, code, message, details = {}) {
    super(message);
    Object.assign(this, { status, code, details });
  }

  get isTransient() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
const unreachable = () => new ApiError(0, "unreachable", text("unreachable"));

function errorFrom(status, body) {
  return new ApiError(status, body?.code ?? "error", body?.message ?? text("unexpected"), body?.details ?? {});
}

let session = config.signedIn ? Promise.resolve() : null;

/** Whether this browser is signed in already, so that it may have a history. */
export const hasSession = () => session !== null;

/** Make sure that the browser is signed in: the first time, a guest account is made for it. */
export function ensureSession() {
  session ??= send("POST", config.urls.session).catch((error) => { session = null; throw error; });
  return session;
}

async function send(method, url, { json, headers = {}, signal } = {}) {
  let response;
  try {
    response = await fetch(url, {
      method,
      signal,
      headers: {
        Accept: "application/json",
        ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken() }),
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  const body = response.headers.get("Content-Type")?.includes("json") ? await response.json().catch(() => null) : null;
  if (!response.ok) {
    if (response.status === 401 && !config.guests) location.assign(config.urls.login);
    throw errorFrom(response.status, body);
  }
  return body;
}

async function call(method, path, options) {
  await ensureSession();
  const url = path.startsWith("http") ? path : config.urls.api + path;
  try {
    return await send(method, url, options);
  } catch (error) {
    if (error.status !== 401 || !config.guests) throw error;
    session = null; // the session ran out: a new guest begins
    await ensureSession();
    return send(method, url, options);
  }
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Repeat what is safe to repeat while the server cannot be reached. */
async function persist(attempt, tries = 4) {
  for (let turn = 1; ; turn += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isTransient || turn >= tries) throw error;
      await pause(500 * 2 ** turn);
    }
  }
}

/** A random key: it also works where the page is not served over HTTPS. */
export function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A template as the page uses it, from the API's shape. */
export const asTemplate = (raw) => ({
  slug: raw.slug,
  name: raw.name,
  tags: raw.tags.map((tag) => tag.name),
  bpm: raw.bpm,
  bodyStyle: raw.body_style,
  people: raw.people_count,
  cover: raw.cover?.url ?? null,
  loop: raw.loop?.url ?? null,
});

const asReason = ({ code, text: reason, message }) => ({ code, message: reason ?? message });

/** Why something was refused, from an error's details. */
export const reasonsOf = (error) => (error.details?.reasons ?? []).map(asReason);

/** A job as the page uses it, from the API's shape. */
export const asJob = (raw) => ({
  id: raw.id,
  state: raw.state,
  stage: raw.stage,
  progress: raw.progress,
  notice: raw.notice,
  position: raw.position,
  eta: raw.eta,
  nextPollSeconds: raw.next_poll_seconds,
  isStopping: raw.cancel_requested,
  reasons: [...raw.reasons, ...(raw.error ? [raw.error] : [])].map(asReason),
  templateSlug: raw.template,
  photoIds: raw.params.photos ?? (raw.params.photo ? [raw.params.photo] : []),
  artifacts: Object.fromEntries(raw.artifacts.filter(({ url }) => url).map((artifact) => [artifact.role, {
    url: artifact.url,
    downloadUrl: artifact.download_url,
    width: artifact.width,
    height: artifact.height,
  }])),
});

/** One page of the library: {templates, next}; `page` is the `next` of the page before. */
export async function templatesFind({ search = "", category = "", sort = "", page = null }, signal) {
  const query = new URLSearchParams({ ...(search && { search }), ...(category && { category }), ...(sort && { sort }) });
  const found = await persist(() => call("GET", page ?? `/templates?${query}`, { signal }), 3);
  return { templates: found.results.map(asTemplate), next: found.next };
}

export const templateGet = async (slug) => asTemplate(await persist(() => call("GET", `/templates/${encodeURIComponent(slug)}`), 3));
/** Whether a photo can dance the template: {passed, faults: [{code, message}]}. */
export async function photoCheck(photo, template, signal) {
  const json = template === null ? { photo } : { photo, template };
  const found = await persist(() => call("POST", "/photo-checks", { json, signal }), 3);
  return { passed: found.passed, faults: found.faults.map(asReason) };
}

export const uploadGet = (id) => call("GET", `/uploads/${encodeURIComponent(id)}`);
export const uploadDelete = (id) => persist(() => call("DELETE", `/uploads/${id}`));
export const consentGive = (body) => persist(() => call("POST", "/rights/consents", { json: body }), 5);
export const jobSubmit = async (body, key) =>
  asJob(await persist(() => call("POST", "/jobs", { json: body, headers: { "Idempotency-Key": key } }), 5));
export const jobGet = async (id) => asJob(await call("GET", `/jobs/${encodeURIComponent(id)}`));
export const jobsMine = async () => (await call("GET", "/jobs?kind=dance_video&page_size=12")).results.map(asJob);
/** Say that a video was "watched" or "shared"; whether it arrives matters to nobody on the page. */
export const jobUsed = (id, event) => call("POST", `/jobs/${encodeURIComponent(id)}/usage`, { json: { event } }).catch(() => {});
export const jobCancel = (id) => persist(() => call("POST", `/jobs/${encodeURIComponent(id)}/cancel`));

/** Send a picture; `onProgress` hears the part that is sent, 0 to 1. */
export async function uploadSend(blob, name, { onProgress, signal }) {
  await ensureSession();
  const form = new FormData();
  form.append("file", blob, name);
  form.append("surface", "photo");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${config.urls.api}/uploads`);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    request.onload = () => (request.status < 300 ? resolve(request.response) : reject(errorFrom(request.status, request.response)));
    request.onerror = () => reject(unreachable());
    signal.addEventListener("abort", () => { request.abort(); reject(new DOMException("aborted", "AbortError")); });
    request.send(form);
  });
}
