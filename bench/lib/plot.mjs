// Line plots with logarithmic axes, as SVG. The background is white, so that they can be read on
// any page.

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 200;
const TOP = 40;
const BOTTOM = 50;
const COLOURS = [
  "#0b62c4",
  "#c2410c",
  "#15803d",
  "#7e22ce",
  "#525252",
  "#b91c1c",
];
const DASHES = ["", "6 3", "2 3", "8 3 2 3", "1 4", "10 4"];

const escape = (text) =>
  String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const fixed = (x) => x.toFixed(1);

/** Powers of ten around the values, and how they map to pixels. */
function axis(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const place = (value) =>
    from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  const ticks = Array.from(
    { length: high - low + 1 },
    (_, i) => 10 ** (low + i),
  );
  return { place, ticks };
}

/** Equal steps for 1, 2, 3 ..., with a text for each. */
function steps(texts, from, to) {
  const step = (to - from) / (texts.length + 1);
  return {
    place: (value) => from + value * step,
    ticks: texts.map((_, i) => i + 1),
    text: (value) => texts[value - 1],
  };
}

function label(value, unit) {
  const text =
    value >= 1
      ? value.toLocaleString("en")
      : String(Number(value.toPrecision(1)));
  return `${text}${unit ?? ""}`;
}

function grid(x, y, { xUnit, yUnit }) {
  const vertical = x.ticks.map((tick) => {
    const at = fixed(x.place(tick));
    return `<path d="M${at} ${TOP}V${HEIGHT - BOTTOM}" class="grid"/><text x="${at}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${x.text ? escape(x.text(tick)) : label(tick, xUnit)}</text>`;
  });
  const horizontal = y.ticks.map((tick) => {
    const at = fixed(y.place(tick));
    return `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" class="grid"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${label(tick, yUnit)}</text>`;
  });
  return [...vertical, ...horizontal].join("\n");
}

function line({ name, points }, number, x, y) {
  const colour = COLOURS[number % COLOURS.length];
  const at = points.map(([px, py]) => [fixed(x.place(px)), fixed(y.place(py))]);
  const dots = at
    .map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`)
    .join("");
  const row = TOP + 12 + 20 * number;
  const stroke = `fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[number % DASHES.length]}"`;
  const legend = `<path d="M${WIDTH - RIGHT + 12} ${row}h26" ${stroke}/><text x="${WIDTH - RIGHT + 44}" y="${row + 4}">${escape(name)}</text>`;
  return `<polyline points="${at.map((p) => p.join(",")).join(" ")}" ${stroke}/>${dots}${legend}`;
}

/**
 * @param {{ title: string, xLabel: string, yLabel: string, xUnit?: string, yUnit?: string,
 *   xTexts?: string[], series: { name: string, points: [number, number][] }[] }} plot every value
 *   above 0; with `xTexts`, x counts these from 1
 */
export function linePlot(plot) {
  const series = plot.series.filter(({ points }) => points.length > 0);
  const points = series.flatMap((s) => s.points);
  const x = plot.xTexts
    ? steps(plot.xTexts, LEFT, WIDTH - RIGHT)
    : axis(
        points.map((p) => p[0]),
        LEFT,
        WIDTH - RIGHT,
      );
  const y = axis(
    points.map((p) => p[1]),
    HEIGHT - BOTTOM,
    TOP,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${escape(plot.title)}">
<style>.grid{stroke:#ddd;fill:none}text{fill:#222}</style>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="22" font-size="14" font-weight="bold">${escape(plot.title)}</text>
${grid(x, y, plot)}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escape(plot.xLabel)}</text>
<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escape(plot.yLabel)}</text>
${series.map((s, i) => line(s, i, x, y)).join("\n")}
</svg>
`;
}
