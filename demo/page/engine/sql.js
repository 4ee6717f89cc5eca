/**
 * The SQL of a search, written for people to read and run as it is shown.
 *
 * Only the query vector is a parameter (:query). Filter values are written as SQL literals, quoted
 * here, so that the statement on the page is the statement that ran.
 */

/**
 * @typedef {{ kind: "facet", values: (string | number)[] }
 *   | { kind: "range", min?: number, max?: number }
 *   | { kind: "flag", value: number }} FilterValue
 * @typedef {{ name: string, label: string, kind: "facet" | "range" | "flag", min?: number, max?:
 *   number, step?: number, values?: number[] }} FilterColumn
 * @typedef {{
 *   id: string, title: string, rowCount: number, dimensions: number,
 *   table: string, items: string,
 *   show: { symbol?: string, title: string, detail?: string }, filters: FilterColumn[],
 *   example: string, suggestions: string[]
 * }} Collection
 * @typedef {{ vector?: boolean, similarTo?: number }} Query nothing set: all rows, in their own
 *   order
 */

/** A value as an SQL literal. */
export function literal(value) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number")
    return Number.isFinite(value) ? String(value) : "null";
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** A name in SQL: bare where SQL accepts it so, else quoted. */
export function identifier(name) {
  return /^[a-z_][a-z0-9_]*$/.test(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

/** A float32 vector as a BLOB literal, which every vss function accepts. */
export function blobLiteral(vector) {
  const bytes = new Uint8Array(
    vector.buffer,
    vector.byteOffset,
    vector.byteLength,
  );
  return `x'${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
}

function term({ name }, filter) {
  const column = `s.${identifier(name)}`;
  if (filter.kind === "facet") {
    if (filter.values.length === 0) return null;
    if (filter.values.length === 1)
      return `${column} = ${literal(filter.values[0])}`;
    return `${column} in (${filter.values.map(literal).join(", ")})`;
  }
  if (filter.kind === "flag") return `${column} = ${literal(filter.value)}`;
  const { min, max } = filter;
  if (min !== undefined && max !== undefined)
    return `${column} between ${literal(min)} and ${literal(max)}`;
  if (min !== undefined) return `${column} >= ${literal(min)}`;
  return max === undefined ? null : `${column} <= ${literal(max)}`;
}

/**
 * The terms that a filter adds to the WHERE clause. The visitor's own clause stands in brackets on
 * lines of its own, so that an OR or a comment in it does not reach the other terms.
 *
 * @param {Collection} collection
 * @param {Record<string, FilterValue>} filters by column
 * @param {string} [where] free SQL
 * @param {string} [except] a column to leave out
 * @returns {string[]}
 */
export function filterTerms(collection, filters, where = "", except) {
  const terms = [];
  for (const column of collection.filters) {
    const filter = filters[column.name];
    const text = filter && column.name !== except ? term(column, filter) : null;
    if (text !== null) terms.push(text);
  }
  const own = where.trim().replace(/;+$/, "");
  if (own) terms.push(/--|\n/.test(own) ? `(\n    ${own}\n  )` : `(${own})`);
  return terms;
}

const from = ({ table, items }) =>
  `from ${table} s\n  join ${items} e on e.id = s.rowid`;
const whereOf = (terms) =>
  terms.length > 0 ? `\nwhere ${terms.join("\n  and ")}` : "";

/**
 * @param {Collection} collection
 * @param {{ query: Query, terms: string[], limit: number }} search
 * @returns {string}
 */
export function searchSql(collection, { query, terms, limit }) {
  const { show, filters, table } = collection;
  const shown = [show.symbol, show.title, show.detail]
    .filter(Boolean)
    .map((name) => `e.${identifier(name)}`);
  const columns = [
    "s.rowid",
    query.vector || query.similarTo !== undefined ? "s.distance" : null,
    ...shown,
    ...filters.map(({ name }) => `s.${identifier(name)}`),
  ];
  const all = [...terms];
  /* SQLite sorts nothing for it while the search drives the join. */
  const order =
    query.vector || query.similarTo !== undefined ? "order by s.distance " : "";
  if (query.similarTo !== undefined) {
    const id = literal(query.similarTo);
    all.unshift(
      `vss_search(s.embedding, (select embedding from ${table} where rowid = ${id}))`,
      `s.rowid <> ${id}`,
    );
  } else if (query.vector) {
    all.unshift("vss_search(s.embedding, :query)");
  }
  return `select ${columns.filter(Boolean).join(", ")}\n${from(collection)}${whereOf(all)}\n${order}limit ${limit}`;
}

/** The rowids that pass the filter, whatever the query. */
export function passingSql(collection, terms) {
  return `select s.rowid ${from(collection)}${whereOf(terms)}`;
}

/** How many rows each value of a facet has under the other filters. */
export function facetSql(collection, column, terms) {
  const name = `s.${identifier(column)}`;
  return `select ${name} as value, count(*) as n ${from(collection)}${whereOf(terms)} group by ${name}`;
}
