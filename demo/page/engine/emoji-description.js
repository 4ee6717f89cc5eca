/**
 * How the page shows the emoji and filters them.
 * @type {Omit<import("./sql.js").Collection, "rowCount">}
 */
export const EMOJI = {
  id: "emoji",
  title: "Emoji",
  dimensions: 128,
  table: "emoji_search",
  items: "emoji",
  show: { symbol: "symbol", title: "name", detail: "keywords" },
  filters: [
    { name: "category", label: "Group", kind: "facet" },
    {
      name: "version",
      label: "Emoji version",
      kind: "range",
      values: [
        0.6, 0.7, 1, 2, 3, 4, 5, 11, 12, 12.1, 13, 13.1, 14, 15, 15.1, 16, 17,
      ],
    },
    { name: "skin_tones", label: "Has skin tones", kind: "flag" },
  ],
  example: "birthday party",
  suggestions: [
    "birthday party",
    "sea animal",
    "cold weather",
    "music instrument",
    "space travel",
  ],
};
