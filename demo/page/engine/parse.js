/**
 * A visitor's file as rows, and what its columns look like. Nothing leaves the worker.
 */

import Papa from "papaparse";

const MOST_ROWS = 100_000;
const FACET_VALUES = 24;
/** A longer value makes its column a text, however often the value recurs. */
const FACET_LENGTH = 40;

/**
 * @typedef {{ name: string, kind: "text" | "facet" | "number" | "other", distinct: number, filled:
 * number, length: number, min?: number, max?: number, sample: string }} Column
 */

/**
 * @param {string} text
 * @param {string} fileName its ending decides, or else the look of the text
 * @returns {{ rows: Record<string, unknown>[], format: string }}
 */
export function parseText(text, fileName) {
  const format = formatOf(text, fileName);
  const rows = {
    csv: parseCsv,
    json: parseJson,
    jsonl: parseJsonLines,
    text: parseParagraphs,
  }[format](text);
  if (rows.length === 0) throw new RangeError(`${fileName}: no rows in it`);
  if (rows.length > MOST_ROWS) {
    throw new RangeError(
      `${fileName}: ${rows.length.toLocaleString("en")} rows; this page takes up to ${MOST_ROWS.toLocaleString("en")}`,
    );
  }
  return { rows, format };
}

function formatOf(text, fileName) {
  const ending = /\.([a-z]+)$/i.exec(fileName)?.[1].toLowerCase();
  if (ending === "csv" || ending === "tsv") return "csv";
  if (ending === "jsonl" || ending === "ndjson") return "jsonl";
  if (ending === "json")
    return /^\s*\{[^\n]*\}\s*\n\s*\{/.test(text) ? "jsonl" : "json";
  if (ending === "txt" || ending === "md") return "text";
  if (/^\s*\[/.test(text)) return "json";
  if (/^\s*\{/.test(text)) return /\}\s*\n\s*\{/.test(text) ? "jsonl" : "json";
  const [head = "", next = ""] = text.split("\n", 2);
  const commas = head.split(/[,;\t]/).length;
  return commas > 1 && next.split(/[,;\t]/).length === commas ? "csv" : "text";
}

function parseCsv(text) {
  const { data, errors, meta } = Papa.parse(text, {
    header: true,
    skipEmptyLines: "greedy",
    dynamicTyping: false,
  });
  const fatal = errors.find(({ type }) => type === "Quotes");
  if (fatal) throw new RangeError(`row ${fatal.row + 1}: ${fatal.message}`);
  if (!meta.fields?.length)
    throw new RangeError(
      "no header line: the first line must name the columns",
    );
  for (const row of data) delete row.__parsed_extra; // the cells that have no column in the header
  return data;
}

function asRow(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? value
    : { text: value };
}

function parseJson(text) {
  const value = JSON.parse(text);
  if (Array.isArray(value)) return value.map(asRow);
  const list = Object.values(value).find(
    (inner) => Array.isArray(inner) && inner.length > 0,
  );
  return list ? list.map(asRow) : [asRow(value)];
}

function parseJsonLines(text) {
  const rows = [];
  text.split("\n").forEach((line, i) => {
    if (!line.trim()) return;
    try {
      rows.push(asRow(JSON.parse(line)));
    } catch (error) {
      throw new RangeError(`line ${i + 1}: ${error.message}`, { cause: error });
    }
  });
  return rows;
}

/** Plain text: one row per paragraph where blank lines separate them, else one row per line. */
function parseParagraphs(text) {
  const paragraphs = text.split(/\n\s*\n/);
  const parts = paragraphs.length > 2 ? paragraphs : text.split("\n");
  return parts
    .map((part) => part.replace(/\s+/g, " ").trim())
    .filter(Boolean)
    .map((part, i) => ({
      text: part,
      paragraph: i + 1,
      words: part.split(" ").length,
    }));
}

export const asText = (value) =>
  value === null || value === undefined
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

const NUMBER = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i;
const isNumber = (value) =>
  typeof value === "number" ||
  (typeof value === "string" && NUMBER.test(value));

/** @returns {Column[]} */
export function describeColumns(rows) {
  const names = [
    ...new Set(rows.slice(0, 500).flatMap((row) => Object.keys(row))),
  ].filter((name) => name.trim() !== "");
  return names.map((name) => describe(name, rows));
}

function describe(name, rows) {
  const distinct = new Set();
  let filled = 0;
  let numbers = 0;
  let characters = 0;
  let min = Infinity;
  let max = -Infinity;
  let sample = "";
  for (const row of rows) {
    const text = asText(row[name]);
    if (text.trim() === "") continue;
    filled++;
    characters += text.length;
    sample ||= text;
    if (distinct.size <= FACET_VALUES) distinct.add(text);
    if (isNumber(row[name])) {
      numbers++;
      const number = Number(row[name]);
      if (number < min) min = number;
      if (number > max) max = number;
    }
  }
  const length = filled ? characters / filled : 0;
  const common = {
    name,
    distinct: distinct.size,
    filled,
    length,
    sample: sample.slice(0, 120),
  };
  if (filled > 0 && numbers === filled)
    return { ...common, kind: "number", min, max };
  if (
    filled > 0 &&
    distinct.size <= FACET_VALUES &&
    length <= FACET_LENGTH &&
    distinct.size < Math.max(2, filled / 2)
  )
    return { ...common, kind: "facet" };
  return {
    ...common,
    kind: length >= 12 || distinct.size > FACET_VALUES ? "text" : "other",
  };
}

/** The columns that a visitor most likely wants to search and to filter. */
export function suggest(columns) {
  const texts = columns
    .filter(({ kind }) => kind === "text")
    .sort((a, b) => b.length - a.length);
  const chosen = texts.filter(
    ({ length, name }) =>
      length >= 20 || /title|name|headline|subject|text/i.test(name),
  );
  const fallback = texts.length > 0 ? texts.slice(0, 1) : columns.slice(0, 1);
  return {
    text: (chosen.length > 0 ? chosen : fallback).map(({ name }) => name),
    filters: columns
      .filter(
        ({ kind, name, distinct }) =>
          (kind === "facet" ||
            (kind === "number" && !/^(row)?id$/i.test(name))) &&
          distinct > 1,
      )
      .map(({ name }) => name),
  };
}
