/**
 * The demo's collection: every emoji with its English name, keywords and three natural filters.
 * They are read from two npm packages while the demo is built; nothing of them is in the
 * repository.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fieldsOf } from "./fields.js";
import { learn } from "./lsa.js";

export { fieldsOf };

const require = createRequire(import.meta.url);
const readJson = (name) =>
  JSON.parse(readFileSync(require.resolve(name), "utf8"));

export const DIMENSIONS = 128;

/** @typedef {import("./fields.js").Emoji} Emoji */

/** @returns {Emoji[]} in the order of Unicode's emoji list */
export function readEmoji() {
  const data = readJson("unicode-emoji-json/data-by-emoji.json");
  const keywords = readJson("emojilib/dist/emoji-en-US.json");
  return Object.entries(data).map(
    ([symbol, { name, group, emoji_version, skin_tone_support }]) => ({
      symbol,
      name,
      category: group,
      version: Number(emoji_version),
      skin: skin_tone_support ? 1 : 0,
      keywords: tidy(keywords[symbol] ?? [], name),
    }),
  );
}

/** Keywords as people read them: without underscores, repeats and the name itself. */
function tidy(keywords, name) {
  const plain = keywords
    .map((keyword) => keyword.replaceAll("_", " ").trim())
    .filter((keyword) => keyword && keyword !== name);
  return [...new Set(plain)];
}

/** @param {Emoji[]} emoji */
export function learnEmoji(emoji, options = {}) {
  return learn(emoji.map(fieldsOf), {
    dimensions: DIMENSIONS,
    seed: 20260101,
    ...options,
  });
}
