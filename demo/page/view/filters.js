/** The filter controls of a collection: facets with counts, ranges, flags. */

import { count, make } from "./dom.js";

/**
 * @param {HTMLElement} container
 * @param {import("../engine/sql.js").Collection} collection
 * @param {Record<string, import("../engine/sql.js").FilterValue>} filters changed in place
 * @param {() => void} onChange
 * @returns {{ setCounts: (facets: Record<string, [string, number][]>) => void }}
 */
export function drawFilters(container, collection, filters, onChange) {
  const counters = {};
  container.replaceChildren(
    ...collection.filters.map((column) => {
      if (column.kind === "facet")
        return drawFacet(column, filters, onChange, counters);
      return column.kind === "range"
        ? drawRange(column, filters, onChange)
        : drawFlag(column, filters, onChange);
    }),
  );
  return {
    setCounts: (facets) =>
      Object.entries(facets).forEach(([name, values]) =>
        counters[name]?.(values),
      ),
  };
}

function drawFacet({ name, label }, filters, onChange, counters) {
  const list = make("div", { class: "facet" });
  const rows = new Map();
  const addValue = (value) => {
    const number = make("span", { class: "n" });
    const box = make("input", {
      type: "checkbox",
      onchange: () => {
        const chosen = [...rows]
          .filter(([, row]) => row.box.checked)
          .map(([key]) => key);
        if (chosen.length > 0)
          filters[name] = { kind: "facet", values: chosen };
        else delete filters[name];
        onChange();
      },
    });
    box.checked = filters[name]?.values?.includes(value) ?? false;
    const row = {
      box,
      number,
      element: make(
        "label",
        {},
        box,
        make("span", { class: "value" }, String(value)),
        number,
      ),
    };
    rows.set(value, row);
    list.append(row.element);
    return row;
  };
  counters[name] = (values) => {
    const counts = new Map(values.filter(([value]) => value !== null));
    const byCount = [...counts].sort(
      ([a, n], [b, m]) => m - n || (a < b ? -1 : 1),
    );
    for (const [value] of byCount) if (!rows.has(value)) addValue(value);
    for (const [value, { element, number, box }] of rows) {
      const n = counts.get(value) ?? 0;
      number.textContent = count(n);
      element.classList.toggle("none", n === 0 && !box.checked);
    }
  };
  return make("fieldset", {}, make("legend", {}, label), list);
}

/** Two sliders on one track. Where the column has few values, the sliders step through these. */
function drawRange(column, filters, onChange) {
  const { name, label, values } = column;
  const steps = values
    ? values.length - 1
    : Math.max(1, Math.round((column.max - column.min) / column.step));
  const valueAt = (i) => {
    if (values) return values[i];
    return i === steps
      ? column.max
      : Number((column.min + i * column.step).toPrecision(10));
  };
  const slider = (what, at) =>
    make("input", {
      type: "range",
      min: 0,
      max: steps,
      step: 1,
      value: at,
      "aria-label": `${label}, ${what}`,
    });
  const low = slider("from", 0);
  const high = slider("to", steps);
  const text = make("output", {});
  const track = make("div", { class: "track" }, low, high);

  const draw = () => {
    const [a, b] = [Number(low.value), Number(high.value)];
    text.textContent = `${valueAt(a)} – ${valueAt(b)}`;
    low.setAttribute("aria-valuetext", valueAt(a));
    high.setAttribute("aria-valuetext", valueAt(b));
    track.style.setProperty("--from", String(a / steps));
    track.style.setProperty("--to", String(b / steps));
    // Where both thumbs stand at the end, the lower one must stay within reach.
    low.style.zIndex = a > steps / 2 ? "2" : "1";
  };
  const change = (moved) => {
    if (Number(low.value) > Number(high.value))
      moved.value = moved === low ? high.value : low.value;
    const [a, b] = [Number(low.value), Number(high.value)];
    const range = { kind: "range" };
    if (a > 0) range.min = valueAt(a);
    if (b < steps) range.max = valueAt(b);
    if (a > 0 || b < steps) filters[name] = range;
    else delete filters[name];
    draw();
    onChange();
  };
  low.addEventListener("input", () => change(low));
  high.addEventListener("input", () => change(high));
  draw();
  return make("fieldset", {}, make("legend", {}, label, text), track);
}

function drawFlag({ name, label }, filters, onChange) {
  const box = make("input", {
    type: "checkbox",
    onchange: () => {
      if (box.checked) filters[name] = { kind: "flag", value: 1 };
      else delete filters[name];
      onChange();
    },
  });
  return make(
    "div",
    { class: "facet flag" },
    make("label", {}, box, make("span", { class: "value" }, label)),
  );
}
