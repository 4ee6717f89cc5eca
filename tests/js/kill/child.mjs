// Opens the database named on the command line and commits until it is killed. Prints each commit's
// number.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { work } from "./workload.js";

const [, , dist, location, mode] = process.argv;
const { open } = await import(pathToFileURL(join(dist, "index.node.js")).href);
const db = await open(location);
db.exec(`pragma journal_mode = ${mode}`);
// A small page cache: pages reach the file in the middle of transactions too.
db.exec("pragma cache_size = 4");
work(db, (n) => writeSync(1, `${n}\n`));
