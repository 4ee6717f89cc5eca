/** SQL with its words told apart by colour. */

import { make } from "./dom.js";

const WORDS = new Set(
  "select from join on where and or not in between like glob is null order by limit offset group having as case when then else end exists distinct desc asc".split(
    " ",
  ),
);
const TOKEN =
  /('(?:[^']|'')*')|(--[^\n]*)|([:?][a-z0-9]*)|(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|([\s\S])/g;

/** @param {HTMLElement} element @param {string} sql */
export function drawSql(element, sql) {
  const parts = [];
  for (const [token, string, comment, parameter, number, word] of sql.matchAll(
    TOKEN,
  )) {
    const kind = string
      ? "string"
      : comment
        ? "comment"
        : parameter
          ? "parameter"
          : number
            ? "number"
            : word && WORDS.has(word.toLowerCase())
              ? "word"
              : word?.startsWith("vss_")
                ? "call"
                : null;
    parts.push(kind ? make("span", { class: kind }, token) : token);
  }
  element.replaceChildren(...parts);
}
