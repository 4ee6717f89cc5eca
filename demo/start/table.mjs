// Rows as a table with rules, for the terminal.

const PICTOGRAPH = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;
const graphemes = new Intl.Segmenter();

/** The number of terminal cells of a text. A pictograph takes two, whatever it is composed of. */
export function cells(text) {
  let width = 0;
  for (const { segment } of graphemes.segment(text))
    width += PICTOGRAPH.test(segment) ? 2 : 1;
  return width;
}

const pad = (text, width, right) => {
  const space = " ".repeat(Math.max(0, width - cells(text)));
  return right ? space + text : text + space;
};

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows numbers stand to the right
 * @returns {string}
 */
export function table(head, rows) {
  const texts = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, j) =>
    Math.max(...texts.map((row) => cells(row[j]))),
  );
  const isNumber = head.map(
    (_, j) =>
      rows.length > 0 &&
      rows.every(
        (row) => typeof row[j] === "number" || /^-?[\d.,]+$/.test(row[j]),
      ),
  );
  const line = (row) =>
    "  " +
    row
      .map((text, j) => pad(text, widths[j], isNumber[j]))
      .join("   ")
      .trimEnd();
  const rule = "  " + widths.map((width) => "─".repeat(width)).join("   ");
  return [line(head), rule, ...texts.slice(1).map(line)].join("\n");
}
