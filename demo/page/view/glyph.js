/** Whether this system's fonts can draw an emoji: the newest ones are often missing. */

const SIZE = 24;
const known = new Map();
let pen;

function pixelsOf(symbol) {
  pen ??= Object.assign(document.createElement("canvas"), {
    width: SIZE,
    height: SIZE,
  }).getContext("2d", { willReadFrequently: true });
  pen.clearRect(0, 0, SIZE, SIZE);
  pen.font = `${SIZE - 6}px system-ui, "Noto Color Emoji", sans-serif`;
  pen.textBaseline = "top";
  pen.fillText(symbol, 0, 2);
  return pen.getImageData(0, 0, SIZE, SIZE).data;
}

/** @param {string} symbol */
export function canDraw(symbol) {
  if (!known.has(symbol)) {
    const drawn = pixelsOf(symbol);
    const blank = drawn.every((value) => value === 0);
    // An unassigned code point shows the font's sign for "no such character".
    known.set(
      symbol,
      !blank &&
        pixelsOf("\u{1fbff}").some(
          (value, i) => value !== drawn[i] && drawn[i] !== 0,
        ),
    );
  }
  return known.get(symbol);
}
