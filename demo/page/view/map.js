/**
 * Every vector as a point. Results are bright, and rows that the filter leaves out are faint. A
 * point shows its name under the pointer, and a click searches for what is similar to it.
 */

import { canDraw } from "./glyph.js";

const MARGIN = 18;
const NEAR_PX = 14;

/**
 * @typedef {{ ids: Uint32Array, x: Float32Array, y: Float32Array, groups: (string | null)[],
 *   labels: (string | null)[], titles: string[] }} Points
 */

export class VectorMap {
  #canvas;
  #tip;
  /** @type {Points | null} */
  #points = null;
  #at = new Map();
  #colours = [];
  #passing = new Set();
  #results = [];
  #query = null;
  #pointed = null;
  #frame = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} tip
   * @param {(id: number, title: string) => void} onChoose
   */
  constructor(canvas, tip, onChoose) {
    this.#canvas = canvas;
    this.#tip = tip;
    new ResizeObserver(() => this.draw()).observe(canvas);
    canvas.addEventListener("pointermove", (event) => this.#hover(event));
    canvas.addEventListener("pointerleave", () => this.#hover(null));
    canvas.addEventListener("click", (event) => {
      const i = this.#nearest(event);
      if (i !== null) onChoose(this.#points.ids[i], this.#points.titles[i]);
    });
  }

  /** @param {Points | null} points */
  setPoints(points) {
    this.#points = points;
    this.#at = new Map(
      points ? Array.from(points.ids, (id, i) => [id, i]) : [],
    );
    const groups = points ? [...new Set(points.groups)] : [];
    this.#colours = points
      ? points.groups.map((group) => (groups.indexOf(group) * 137.5) % 360)
      : [];
    this.draw();
  }

  /**
   * @param {{ passing?: Uint32Array, results: number[], origin?: number }} what origin: the row
   *   that others are similar to
   */
  setState({ passing, results, origin }) {
    if (passing) this.#passing = new Set(passing);
    this.#results = results;
    this.#query = origin ?? null;
    this.draw();
  }

  point(id) {
    this.#pointed = id;
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #place(i) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const { x, y } = this.#points;
    return [
      MARGIN + ((x[i] + 1) / 2) * (width - 2 * MARGIN),
      MARGIN + ((1 - y[i]) / 2) * (height - 2 * MARGIN),
    ];
  }

  #paint() {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (width === 0) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!this.#points) return;
    const style = getComputedStyle(canvas);
    this.#paintAll(pen, style.getPropertyValue("--point-light").trim());
    this.#paintResults(pen, style);
  }

  /** Draws all rows as dots. The rows that the filter leaves out are drawn first, and faint. */
  #paintAll(pen, lightness) {
    const n = this.#points.ids.length;
    const size = n > 20_000 ? 1.2 : n > 5000 ? 1.6 : 2;
    for (const passes of [false, true]) {
      pen.globalAlpha = passes ? 0.7 : 0.13;
      for (let i = 0; i < n; i++) {
        if (this.#passing.has(this.#points.ids[i]) !== passes) continue;
        const [x, y] = this.#place(i);
        pen.fillStyle = passes
          ? `hsl(${this.#colours[i]} 45% ${lightness})`
          : `hsl(0 0% ${lightness})`;
        pen.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
    pen.globalAlpha = 1;
  }

  #paintResults(pen, style) {
    const accent = style.getPropertyValue("--accent").trim();
    const surface = style.getPropertyValue("--surface").trim();
    const lit = [...this.#results].reverse();
    if (this.#query !== null) lit.push(this.#query);
    if (this.#pointed !== null) lit.push(this.#pointed);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const id of lit) {
      const i = this.#at.get(id);
      if (i === undefined) continue;
      const [x, y] = this.#place(i);
      const marked = id === this.#query || id === this.#pointed;
      const label = this.#drawable(i);
      if (!label || marked) {
        pen.beginPath();
        pen.arc(x, y, marked ? 13 : 4.5, 0, 2 * Math.PI);
        pen.fillStyle = marked ? surface : accent;
        pen.fill();
        pen.lineWidth = marked ? 2 : 1.5;
        pen.strokeStyle = marked ? accent : surface;
        pen.stroke();
      }
      if (label) {
        pen.font = `${marked ? 17 : 16}px system-ui, "Noto Color Emoji", sans-serif`;
        pen.fillStyle = "#000";
        pen.fillText(label, x, y + 1);
      }
    }
  }

  #drawable(i) {
    const label = this.#points.labels[i];
    return label && canDraw(label) ? label : null;
  }

  /** The point under the pointer; a result is preferred to any other. */
  #nearest(event) {
    if (!this.#points) return null;
    const { left, top } = this.#canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - left, event.clientY - top];
    const results = new Set(this.#results);
    let best = null;
    let least = NEAR_PX ** 2;
    this.#points.ids.forEach((id, i) => {
      if (!this.#passing.has(id)) return;
      const [x, y] = this.#place(i);
      const away =
        ((x - px) ** 2 + (y - py) ** 2) * (results.has(id) ? 0.3 : 1);
      if (away < least) [best, least] = [i, away];
    });
    return best;
  }

  #hover(event) {
    const i = event ? this.#nearest(event) : null;
    this.#canvas.classList.toggle("pointing", i !== null);
    this.#tip.hidden = i === null;
    if (i !== null) {
      const { labels, titles } = this.#points;
      this.#tip.textContent = [labels[i], titles[i]].filter(Boolean).join(" ");
      const [x, y] = this.#place(i);
      this.#tip.style.setProperty("--x", `${x}px`);
      this.#tip.style.setProperty("--y", `${y}px`);
      this.#tip.classList.toggle("left", x > this.#canvas.clientWidth / 2);
    }
    const id = i === null ? null : this.#points.ids[i];
    if (id !== this.#pointed) this.point(id);
  }
}
