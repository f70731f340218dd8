// Dances that the page has seen, by slug: the first of them came with the page.

import { asTemplate, templateGet } from "./api.js";
import { config } from "./config.js";

export const first = config.templates.map(asTemplate);
const known = new Map(first.map((template) => [template.slug, template]));

/** Keep what a search found. */
export function remember(templates) {
  for (const template of templates) known.set(template.slug, template);
}

/** The dance of that slug if the page has it, else null. */
export const recall = (slug) => known.get(slug) ?? null;

/** The dance of that slug, asked for where the page does not have it. Rejects with ApiError. */
export async function find(slug) {
  if (!known.has(slug)) remember([await templateGet(slug)]);
  return known.get(slug);
}
