// The columns of a vss0 table: what the database says they are, what a caller wants them to be, and
// the SQL that makes the one the other.
import { checkCount, checkText, describe, quote } from "../module/errors.js";
import { VssError } from "../module/vss-error.js";
import { isPlain } from "../module/kinds.js";
import { SQLITE } from "../module/sqlite-codes.js";

/** @typedef {import('../entries/index.js').VssColumn} VssColumn */

/**
 * What the database says about a vss0 table, or undefined where there is no table of that name. A
 * temporary table hides one of the database, as it does in the SQL of the methods.
 * @param {import('../entries/index.js').Database} db
 * @param {string} name
 * @returns {{ schema: string, columns: VssColumn[] } | undefined}
 */
function readTable(db, name) {
  const found = one(
    db,
    "select * from (select 'temp' as schema, * from sqlite_temp_schema union all select 'main', * from sqlite_schema) where type in ('table', 'view') and lower(name) = lower(?) order by 1 desc",
    name,
  );
  if (!found) return undefined;
  if (
    !/^\s*create\s+virtual\s+table\b[^]*\busing\s+["'`[]?vss0\b/i.test(
      String(found.sql),
    )
  ) {
    throw new VssError(`vss0: "${found.name}" is not a vss0 table`, {
      errcode: SQLITE.ERROR,
    });
  }
  const schema = String(found.schema);
  const { json } = one(db, "select vss_columns(?, ?) as json", schema, name);
  return { schema, columns: JSON.parse(json) };
}

/**
 * @param {import('../entries/index.js').Database} db
 * @param {string} sql
 * @param {import('../entries/index.js').SqlValue[]} params
 * @returns {any}
 */
function one(db, sql, ...params) {
  const statement = db.prepare(sql);
  try {
    return statement.get(...params);
  } finally {
    statement.finalize();
  }
}

/**
 * True where nothing outside quotes would end the definition: no comma, no closing parenthesis too
 * many, no comment and no end of a statement.
 * @param {string} text
 */
export function isOneDefinition(text) {
  const bare = text.replace(/"[^"]*"|'[^']*'/g, "");
  let depth = 0;
  for (const c of bare) {
    if (c === "(") depth++;
    if (c === ")" && --depth < 0) return false;
    if (c === "," && depth === 0) return false;
  }
  return depth === 0 && !/;|--|\/\*|["']/.test(bare);
}

/**
 * A column's definition as vss0 reads it: `"embedding"(384)`, `"newsroom" text`.
 * @param {string} name
 * @param {unknown} definition
 * @param {string} table
 */
function columnSql(name, definition, table) {
  const subject = `vss0 ${table}.${name}`;
  checkText(name, `vss0 ${table}: a column's name`);
  if (typeof definition === "number")
    return `${quote(name)}(${checkCount(definition, `${subject}: dimensions`)})`;
  const text = checkText(definition, `${subject}: the definition`).trim();
  // The text becomes part of the SQL: what would end this definition and begin another is refused.
  if (!isOneDefinition(text)) {
    throw new TypeError(
      `${subject}: ${describe(text)} is not a column definition, expected dimensions, "(384) metric_type=COSINE" or an SQL type`,
    );
  }
  return text.startsWith("(")
    ? `${quote(name)}${text}`
    : `${quote(name)} ${text}`;
}

/**
 * The columns of a vss0 table. With `columns`, a table that does not exist is created with them,
 * and one that exists must have the same. Without, the table must exist.
 * @param {import('../entries/index.js').Database} db
 * @param {string} name
 * @param {Record<string, number | string>} [columns]
 * @returns {VssColumn[]}
 */
export function ensureColumns(db, name, columns) {
  checkText(name, "vss0: name");
  if (columns !== undefined && !isPlain(columns)) {
    throw new TypeError(
      `vss0 ${name}: columns is ${describe(columns)}, expected an object such as { embedding: 384 }`,
    );
  }
  let actual = readTable(db, name);
  if (columns) {
    const definitions = Object.entries(columns).map(([column, definition]) =>
      columnSql(column, definition, name),
    );
    if (actual) {
      const differ = one(
        db,
        "select vss_columns_differ(?, ?, ?) as text",
        actual.schema,
        name,
        definitions.join("\0"),
      )?.text;
      if (differ)
        throw new VssError(`vss0: table "${name}" already exists, ${differ}`, {
          errcode: SQLITE.ERROR,
        });
    } else {
      db.exec(
        `create virtual table ${quote(name)} using vss0(${definitions.join(", ")})`,
      );
      actual = readTable(db, name);
    }
  }
  if (!actual)
    throw new VssError(
      `vss0: no such table "${name}" (name its columns to create it)`,
      { errcode: SQLITE.ERROR },
    );
  return actual.columns;
}
