// From item to item: the next one is there before it is asked for, answers are sent while it is looked at,
// and nothing is lost when somebody else was faster, the claim ran out, or the network failed.

import { csrfToken } from "./desk-veil.js";

const HEARTBEAT_MILLISECONDS = 60_000;
const BANNERS_SHOWN = 3;

export function makeFlow(root, words, toast, veil) {
  const { base, queueUrl } = root.dataset;
  const main = root.querySelector("[data-desk-main]");
  const waiting = root.querySelector("[data-desk-waiting]");
  const banners = root.querySelector("[data-desk-banners]");
  const lost = new Set(); // items whose claim is gone
  const answered = []; // what can be undone, the newest last: {id, until, text}
  let claiming = Promise.resolve(true); // whether the item that is shown is held by now
  let upcoming = null; // {node, id, isHeld}: the item to show next
  let fetching = null;
  let tellShown = () => {};
  void veil;

  const shown = () => main.querySelector("[data-desk-item]");
  const idOf = (node) => node?.dataset.deskItem ?? "";
  const nodeFrom = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  };

  function warn(text, actions = []) {
    const line = document.createElement("p");
    line.className = "desk-banner is-bad";
    line.append(text);
    for (const [label, act] of [...actions, [words.close, () => {}]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "desk-small-button";
      button.textContent = label;
      button.addEventListener("click", () => { line.remove(); act(); });
      line.append(" ", button);
    }
    banners.append(line);
    while (banners.children.length > BANNERS_SHOWN) banners.firstElementChild.remove();
    return line;
  }

  async function send(path, body = new FormData()) {
    body.set("csrfmiddlewaretoken", csrfToken(root));
    body.set("queue", root.dataset.queue);
    let response;
    try {
      response = await fetch(base + path, { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      return { ok: false, isAgain: true, message: words.unreachable };
    }
    if (!response.headers.get("Content-Type")?.includes("application/json")) {
      const message = response.redirected || response.status === 403 ? words.signedOut : words.unreachable;
      return { ok: false, isAgain: true, message };
    }
    const told = await response.json();
    if (told.shift) root.querySelector("[data-desk-shift]").innerHTML = told.shift;
    return told;
  }

  function show(node) {
    main.replaceChildren(node);
    history.replaceState(null, "", `${base}${idOf(node)}/${location.search}`);
    node.focus({ preventScroll: true });
    tellShown(node);
  }
  function showWaiting() {
    const line = document.createElement("p");
    line.className = "desk-loading";
    line.setAttribute("role", "status");
    line.textContent = words.loading;
    main.replaceChildren(line);
  }
  function block(node) {
    node.classList.add("is-lost");
    for (const control of node.querySelectorAll("[data-desk-form] button, [data-desk-form] input, [data-desk-form] textarea")) control.disabled = true;
  }

  /** Fetch the item after the one shown, and let the browser load its media out of sight. */
  function prefetch() {
    const after = idOf(shown());
    if (!after || upcoming || fetching) return;
    const body = new FormData();
    for (const id of [after, ...answered.slice(-5).map((one) => one.id)]) body.append("has", id);
    const mine = (async () => {
      const told = await send("peek/", body);
      if (fetching !== mine || !told.html || told.id === idOf(shown())) return;
      const node = nodeFrom(told.html);
      waiting.replaceChildren(node);
      upcoming = { node, id: told.id, isHeld: told.held };
    })().finally(() => { if (fetching === mine) fetching = null; });
    fetching = mine;
  }

  /** No item follows: a fault that stands above must be read first, so the way on is a link. */
  function showEnd(url) {
    const line = document.createElement("p");
    const link = document.createElement("a");
    line.className = "desk-loading";
    line.setAttribute("role", "status");
    link.className = "desk-small-button";
    link.href = url;
    link.textContent = words.onward;
    line.append(words.end, " ", link);
    main.replaceChildren(line);
  }

  /** Go on to the item that the server has claimed for us, or to what it says instead. */
  function arrive(next, expectedId, isFault = false) {
    if (!next) return false;
    if (next.url) {
      if (isFault) showEnd(next.url);
      else location.assign(next.url);
      return false;
    }
    if (next.id === expectedId) return true;
    if (expectedId) toast.say(words.taken);
    show(nodeFrom(next.html));
    return true;
  }

  const formOf = (node, verb) => {
    const form = node.querySelector("[data-desk-form]");
    const body = form ? new FormData(form) : new FormData();
    if (verb === "approve") body.delete("reason_code");
    return body;
  };

  /** Answer the item shown; the next one takes its place at once. */
  async function decide(verb) {
    const node = shown();
    if (!node?.querySelector("[data-desk-form]") || node.classList.contains("is-lost") || node.dataset.busy) return;
    node.dataset.busy = "1";
    const id = idOf(node);
    const body = formOf(node, verb);
    const isHeld = await claiming;
    if (!isHeld || shown() !== node) return; // the item was taken away while its claim was under way
    const ahead = upcoming;
    upcoming = fetching = null;
    if (ahead) body.set("next", ahead.id);
    const sending = send(`${id}/${verb}/`, body);
    claiming = sending.then((told) => settle(told, { node, id, verb, ahead }));
    if (ahead) show(ahead.node);
    else showWaiting();
    if (verb === "approve" || verb === "refuse") toast.say(words[verb]);
    claiming.then((isOurs) => { if (isOurs) prefetch(); });
  }

  /** What the server said of an answer. True when the item that is shown now is ours. */
  function settle(told, { node, id, verb, ahead }) {
    if (told.isAgain) return refuseToGoOn(told, node);
    if (!told.ok) {
      toast.hide();
      warn(`${node.dataset.short}: ${told.message}`, [[words.open, () => window.open(`${base}${id}/`, "_blank", "noopener")]]);
    } else if (told.undo_seconds) {
      const until = Date.now() + told.undo_seconds * 1000;
      answered.push({ id, until, text: words[verb] });
      toast.say(words[verb], until);
    } else {
      toast.say(words[verb]);
    }
    for (const line of told.feedback ?? []) warn(line).classList.remove("is-bad");
    return arrive(told.next, ahead?.id, !told.ok);
  }

  /** The answer never arrived: its item comes back into view, and the other one waits behind it. */
  function refuseToGoOn(told, node) {
    delete node.dataset.busy;
    const other = shown();
    if (other && other !== node) { waiting.replaceChildren(other); upcoming = { node: other, id: idOf(other), isHeld: false }; }
    show(node);
    toast.hide();
    warn(told.message);
    return true;
  }

  /** Take back the newest answer that still can be; the item shown waits behind it. */
  async function undo() {
    let known;
    do { known = claiming; await known; } while (known !== claiming); // an answer given just before counts as well
    while (answered.length && answered.at(-1).until < Date.now()) answered.pop();
    const last = answered.pop();
    if (!last) return;
    const told = await send(`${last.id}/undo/`);
    if (!told.ok) { warn(told.message || words.late); return; }
    const other = shown();
    if (other && idOf(other) !== last.id) {
      delete other.dataset.busy;
      waiting.replaceChildren(other);
      upcoming = { node: other, id: idOf(other), isHeld: true };
    }
    fetching = null;
    show(nodeFrom(told.html));
    toast.say(words.undone);
  }

  async function heartbeat() {
    const node = shown();
    if (!node || !("held" in node.dataset) || document.visibilityState === "hidden") return;
    if (!(await claiming) || lost.has(idOf(node))) return;
    if (upcoming?.isHeld) send(`${upcoming.id}/heartbeat/`);
    const told = await send(`${idOf(node)}/heartbeat/`);
    if (told.ok || told.isAgain || shown() !== node || node.dataset.busy) return;
    lost.add(idOf(node));
    block(node);
    warn(`${words.lost} ${told.message}`, [[words.next, takeNext]]);
  }

  async function takeNext() {
    const body = new FormData();
    const told = await send("next/", body);
    if (told.ok) arrive(told.next, "");
    else warn(told.message);
    if (told.ok) { claiming = Promise.resolve(true); prefetch(); }
  }

  toast.onUndo(undo);
  return {
    decide,
    undo,
    onShow: (act) => { tellShown = act; },
    isStopped: () => shown()?.classList.contains("is-lost") ?? true,
    start() {
      if (shown() && "held" in shown().dataset) prefetch();
      setInterval(heartbeat, HEARTBEAT_MILLISECONDS);
      document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") heartbeat(); });
    },
  };
}
