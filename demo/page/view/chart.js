/** Time against rows, one line per filter, as SVG; and a table for those who cannot see it. */

import { count, duration, make } from "./dom.js";

const WIDTH = 640;
const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 96;
const TOP = 14;
const BOTTOM = 30;

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A round number not below x: 1, 2 or 5 times a power of ten. */
function roundUp(x) {
  const power = 10 ** Math.floor(Math.log10(x || 1));
  return (
    [1, 2, 5, 10]
      .map((step) => step * power)
      .find((step) => step >= x * 0.999) ?? x
  );
}

/**
 * @param {HTMLElement} container
 * @param {import("../engine/lab.js").Measurement[]} measured
 */
export function drawChart(container, measured) {
  if (measured.length === 0) return container.replaceChildren();
  const mostRows = roundUp(measured.at(-1).rows);
  const mostTime = roundUp(
    Math.max(
      0.1,
      ...measured.flatMap(({ results }) =>
        results.map(({ milliseconds }) => milliseconds),
      ),
    ),
  );
  const x = (rows) => LEFT + (rows / mostRows) * (WIDTH - LEFT - RIGHT);
  const y = (time) =>
    HEIGHT - BOTTOM - (time / mostTime) * (HEIGHT - TOP - BOTTOM);
  const picture = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: "chart",
    "aria-hidden": "true",
  });
  for (const part of [0, 0.5, 1]) {
    picture.append(
      svg("line", {
        x1: LEFT,
        x2: WIDTH - RIGHT,
        y1: y(part * mostTime),
        y2: y(part * mostTime),
        class: "grid",
      }),
      svg(
        "text",
        { x: LEFT - 8, y: y(part * mostTime) + 4, class: "axis end" },
        `${Number((part * mostTime).toPrecision(3))} ms`,
      ),
      svg(
        "text",
        { x: x(part * mostRows), y: HEIGHT - 8, class: "axis middle" },
        count(part * mostRows),
      ),
    );
  }
  const names = measured[0].results.map(({ name }) => name);
  const ends = spreadApart(
    names.map((_, i) => y(measured.at(-1).results[i].milliseconds)),
  );
  names.forEach((name, i) => {
    const points = measured.map(
      ({ rows, results }) =>
        `${x(rows).toFixed(1)},${y(results[i].milliseconds).toFixed(1)}`,
    );
    picture.append(
      svg("polyline", { points: points.join(" "), class: `series s${i}` }),
      ...points.map((point) =>
        svg("circle", {
          cx: point.split(",")[0],
          cy: point.split(",")[1],
          r: 3,
          class: `dot s${i}`,
        }),
      ),
      svg(
        "text",
        { x: x(measured.at(-1).rows) + 9, y: ends[i] + 4, class: `name s${i}` },
        name,
      ),
    );
  });
  container.replaceChildren(picture, drawTable(names, measured));
}

/** Moves positions apart, in their order, to at least 15 units, so that names do not overlap. */
function spreadApart(positions) {
  const order = positions
    .map((_, i) => i)
    .sort((a, b) => positions[b] - positions[a]);
  const out = [...positions];
  order.forEach((at, k) => {
    if (k > 0) out[at] = Math.min(out[at], out[order[k - 1]] - 15);
  });
  return out;
}

function drawTable(names, measured) {
  return make(
    "table",
    {},
    make(
      "caption",
      { class: "visually-hidden" },
      "Median time of a search for the 10 nearest",
    ),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        make("th", { scope: "col" }, "rows"),
        ...names.map((name, i) =>
          make("th", { scope: "col", class: `s${i}` }, name),
        ),
      ),
    ),
    make(
      "tbody",
      {},
      ...measured.map(({ rows, results }) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, count(rows)),
          ...results.map(({ milliseconds }) =>
            make("td", {}, duration(milliseconds)),
          ),
        ),
      ),
    ),
  );
}
