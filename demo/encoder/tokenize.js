/**
 * The words of a text, found in the same way when the encoder is built and when it is used.
 *
 *   "Birthday parties, with the sea-animals!"  →  birthday parti sea animal
 *
 * Letters become lower case, accents and stop words are dropped, and a light stem joins the forms
 * that English makes with -s, -es, -ies, -ing and -ed. The stem need not be right linguistically:
 * it must turn the forms of one word into one string, and seldom two words into the same one.
 */

const STOP_WORDS = new Set(
  (
    "a an and any are as at be been being but by can could did do does doing for from had has have he her hers him his how i if in into is it its " +
    "just like me more most my no nor not of off on or our out own per she should so some such than that the their them then there these they this " +
    "those through to too under until up very was we were what when where which while who whom why will with without would you your yours"
  ).split(" "),
);

const VOWEL = /[aeiouy]/;

/** Drops one letter of a doubled final consonant: "swimm" becomes "swim", "ball" stays. */
function undouble(word) {
  const last = word.at(-1);
  return last === word.at(-2) && !"aeioulsz".includes(last)
    ? word.slice(0, -1)
    : word;
}

/** Treats a silent e and a final y as the suffix rules leave them: "danc", "parti". */
function closeStem(word) {
  if (word.length > 3 && word.endsWith("e")) return word.slice(0, -1);
  if (word.length > 3 && word.endsWith("y") && !VOWEL.test(word.at(-2)))
    return word.slice(0, -1) + "i";
  return word;
}

/**
 * One stem for the forms of one word.
 * @param {string} word lower case letters and digits
 * @returns {string}
 */
export function stem(word) {
  if (word.length < 4 || /\d/.test(word)) return word;
  let base = word;
  if (base.endsWith("ies")) base = base.slice(0, -3) + "y";
  else if (/(ss|us|is)$/.test(base)) return base;
  else if (/(ch|sh|x|ss|zz)es$/.test(base)) base = base.slice(0, -2);
  else if (base.endsWith("s")) base = base.slice(0, -1);
  for (const suffix of ["ing", "ed"]) {
    const rest = base.slice(0, -suffix.length);
    if (base.endsWith(suffix) && rest.length >= 3 && VOWEL.test(rest)) {
      base = undouble(rest);
      break;
    }
  }
  return closeStem(base);
}

/**
 * The words of a text as they are written, lower-cased and without accents.
 * @param {string} text
 * @returns {string[]}
 */
export function words(text) {
  return (
    text
      .normalize("NFKD")
      .replace(/\p{Mark}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/**
 * The terms of a text: stemmed words without stop words.
 * @param {string} text
 * @returns {string[]}
 */
export function tokenize(text) {
  const terms = [];
  for (const word of words(text))
    if (!STOP_WORDS.has(word)) terms.push(stem(word));
  return terms;
}
