/** The list of results: cards where rows have a symbol, lines where they are texts. */

import { make } from "./dom.js";
import { canDraw } from "./glyph.js";

/**
 * @param {HTMLElement} list
 * @param {{ rows: any[], collection: import("../engine/sql.js").Collection, onSimilar: (row: any)
 *   => void, onPoint: (id: number | null) => void }} what
 */
export function drawResults(list, { rows, collection, onSimilar, onPoint }) {
  list.className = collection.show.symbol ? "cards" : "lines";
  const furthest = Math.max(1e-9, ...rows.map(({ distance }) => distance ?? 0));
  list.replaceChildren(
    ...rows.map((row) =>
      drawRow(row, { collection, furthest, onSimilar, onPoint }),
    ),
  );
}

function drawRow(row, { collection, furthest, onSimilar, onPoint }) {
  const facts = collection.filters
    .filter(({ name, kind }) => kind !== "flag" && hasValue(row, name))
    .slice(0, 4)
    .map((column) => factOf(column, row, collection));
  return make(
    "li",
    { onmouseenter: () => onPoint(row.id), onmouseleave: () => onPoint(null) },
    row.symbol ? drawSymbol(row.symbol) : null,
    make("h3", {}, row.title),
    collection.show.symbol
      ? null
      : make("p", { class: "detail" }, row.detail ?? ""),
    make("p", { class: "facts" }, ...facts),
    make(
      "div",
      { class: "foot" },
      distanceOf(row, furthest),
      similarButton(row, onSimilar),
    ),
  );
}

const hasValue = (row, name) =>
  row.values[name] !== null && row.values[name] !== undefined;

/** The range of a row with a symbol is its version, which is shown in the card's corner. */
function factOf({ name, label, kind }, row, { show }) {
  const value = row.values[name];
  if (kind !== "range") return make("span", { class: "fact" }, String(value));
  return show.symbol
    ? make("span", { class: "corner" }, `v${value}`)
    : make("span", { class: "fact" }, `${label} ${value}`);
}

function drawSymbol(symbol) {
  if (canDraw(symbol))
    return make("span", { class: "symbol", "aria-hidden": "true" }, symbol);
  return make(
    "span",
    { class: "symbol", "aria-hidden": "true" },
    make(
      "span",
      { class: "missing", title: "This system's fonts do not have it yet" },
      "not in font",
    ),
  );
}

function distanceOf({ distance }, furthest) {
  if (distance === null || distance === undefined)
    return make("span", { class: "distance" });
  const bar = make("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty(
    "--near",
    String(Math.max(0.04, 1 - distance / Math.max(1, furthest))),
  );
  return make(
    "span",
    { class: "distance" },
    bar,
    make("span", { class: "visually-hidden" }, "distance "),
    distance.toFixed(3),
  );
}

function similarButton(row, onSimilar) {
  return make(
    "button",
    {
      type: "button",
      class: "similar-to",
      title: `Similar to ${row.title}`,
      onclick: () => onSimilar(row),
    },
    "similar",
    make("span", { class: "visually-hidden" }, ` to ${row.title}`),
  );
}
