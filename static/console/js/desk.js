// The reviewer's desk: joins veils, evidence, keys and the flow from item to item.

import { evidenceOf } from "./desk-evidence.js";
import { makeFlow } from "./desk-flow.js";
import { listenToKeys } from "./desk-keys.js";
import { makeToast } from "./desk-toast.js";
import { makeVeil } from "./desk-veil.js";

const root = document.querySelector("[data-desk]");

if (root) {
  root.classList.add("has-script");
  const words = root.querySelector("[data-desk-words]").dataset;
  const toast = makeToast(root);
  const veil = makeVeil(root);
  const flow = makeFlow(root, words, toast, veil);
  let evidence = null;

  const show = (item) => {
    evidence?.leave();
    evidence = evidenceOf(item);
    veil.enter(item);
  };
  flow.onShow(show);
  listenToKeys(root, words, { flow, veil, evidence: () => evidence });
  show(root.querySelector("[data-desk-item]"));
  flow.start();
}
