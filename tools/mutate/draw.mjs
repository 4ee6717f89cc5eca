// Draws small edits of C and JavaScript at random: a relation made another one, a condition turned
// round, a number one off, a statement dropped.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The text with blanks in place of comments, strings and directives: what is left is code. */
export function codeOf(text) {
  const skipped =
    /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|^#(?:\\\n|[^\n])*/gm;
  return text.replace(skipped, (part) => part.replace(/[^\n]/g, " "));
}

/**
 * What can be done to a piece of code. Each rule finds its places and says what takes theirs; it
 * gives undefined where the place is no good.
 * @type {{ find: RegExp, swap: (found: string) => string | undefined }[]}
 */
const RULES = [
  // Relations, each to its neighbour.
  {
    find: / (?:<=|>=|<|>) /g,
    swap: (s) =>
      s.includes("=") ? s.replace("=", "") : s.replace(/[<>]/, "$&="),
  },
  {
    find: / [!=]==? /g,
    swap: (s) =>
      s.includes("!") ? s.replace("!=", "==") : s.replace("==", "!="),
  },
  { find: / (?:&&|\|\|) /g, swap: (s) => (s.includes("&") ? " || " : " && ") },
  // Off by one.
  { find: / [+-] 1\b(?![.\dx])/g, swap: () => "" },
  { find: / [+-] (?=[a-z(])/g, swap: (s) => (s.includes("+") ? " - " : " + ") },
  // Constants.
  { find: /(?<![\w.])\d+(?![\w.])/g, swap: (s) => String(Number(s) + 1) },
  // Conditions.
  { find: /\bif \((?=[^\n]*\)(?: |\n))/g, swap: () => "if (!" },
  // A whole statement on a line of its own: a call, or an assignment to something that is there.
  {
    find: /^ +(?!return|break|continue|const|let|throw|goto|else|case|default)[\w.#>[\]*-]+(?:\(.*\)| [-+|&]?= .*|\+\+|--);$/gm,
    swap: (s) => s.replace(/\S.*/, ";"),
  },
];

/** `if (` becomes `if (!(`, and the matching bracket is doubled. */
function negate(code, at) {
  let depth = 0;
  for (let i = code.indexOf("(", at); i < code.length; i++) {
    if (code[i] === "(") depth++;
    if (code[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

/**
 * All edits of a text: from where to where, and what takes the place.
 * @param {string} text
 */
export function editsOf(text) {
  const code = codeOf(text);
  const edits = [];
  for (const { find, swap } of RULES) {
    for (const match of code.matchAll(find)) {
      const from = match.index;
      const to = from + match[0].length;
      if (match[0] === "if (") {
        const end = negate(code, from);
        const whole = text.slice(to, end);
        if (end > 0) edits.push({ from, to: end + 1, by: `if (!(${whole}))` });
        continue;
      }
      const by = swap(match[0]);
      if (by !== undefined) edits.push({ from, to, by });
    }
  }
  return edits;
}

/** Whole lines around the place, as many as make the text the only one of its kind in the file. */
function inLines(text, { from, to, by }) {
  let start = text.lastIndexOf("\n", from - 1) + 1;
  let end = text.indexOf("\n", to);
  if (end < 0) end = text.length;
  const isOnly = () => {
    const piece = text.slice(start, end);
    return text.indexOf(piece) === text.lastIndexOf(piece);
  };
  while (!isOnly() && start > 0) start = text.lastIndexOf("\n", start - 2) + 1;
  return {
    from: text.slice(start, end),
    to: text.slice(start, from) + by + text.slice(to, end),
  };
}

/**
 * Draw edits; every file has a chance by its size.
 * @param {string} root
 * @param {string[]} files
 * @param {number} count
 * @param {number} seed
 */
export function draw(root, files, count, seed) {
  const random = randomOf(seed);
  const all = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return editsOf(text).map((edit) => ({ file, text, edit }));
  });
  const drawn = [];
  while (drawn.length < count && all.length > 0) {
    const [{ file, text, edit }] = all.splice(
      Math.floor(random() * all.length),
      1,
    );
    drawn.push({ file, ...inLines(text, edit), seed });
  }
  return drawn;
}
