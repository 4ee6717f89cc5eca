// Entry of its own for text in, hits out: a collection of texts over a database of any other entry.
export { Collection, collection, dropCollection } from "../text/collection.js";
