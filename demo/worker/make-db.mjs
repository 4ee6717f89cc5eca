// Makes the database that the Worker carries: node demo/worker/make-db.mjs demo/worker/articles.db
import { writeFileSync } from "node:fs";
import { open } from "vss-wasm";
import { createArticles } from "../shared/newsroom.js";

const db = await open(":memory:");
createArticles(db);
writeFileSync(process.argv[2], db.serialize());
db.close();
