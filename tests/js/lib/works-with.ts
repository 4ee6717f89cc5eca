// The types of docs/works-with.md: what takes a database of better-sqlite3 takes one of ours.
// tests/js/works-with.test.mjs compiles this file; nothing runs it.
import { type Generated, Kysely, sql, SqliteDialect } from "kysely";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { encode, type Database } from "../../../js/entries/index.js";

interface Tables {
  articles: {
    rowid: Generated<number>;
    embedding: Uint8Array;
    year: number | null;
    distance: Generated<number>;
  };
}

export async function kysely(database: Database) {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  await db
    .insertInto("articles")
    .values({ embedding: encode([1, 2]), year: 2016 })
    .execute();
  const [hit] = await db
    .selectFrom("articles")
    .select(["rowid", "distance"])
    .where(sql<boolean>`vss_search(embedding, ${encode([1, 2])})`)
    .limit(1)
    .execute();
  return hit.rowid + hit.distance;
}

/** The type that drizzle() asks for is the class of better-sqlite3, by its name. */
export const drizzled = (database: Database) => drizzle(database as never);
