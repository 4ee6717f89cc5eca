/**
 * One emoji, and its text as the encoder sees it. This is not in emoji.js, because the page needs
 * it and has no file system.
 *
 * @typedef {{ symbol: string, name: string, category: string, version: number, skin: 0 | 1,
 *   keywords: string[] }} Emoji
 */

/**
 * The name counts most, the category least.
 * @param {Pick<Emoji, "name" | "category" | "keywords">} emoji
 */
export function fieldsOf({ name, category, keywords }) {
  return [
    { text: name, weight: 2 },
    { text: keywords.join(" "), weight: 1 },
    { text: category, weight: 0.3 },
  ];
}
