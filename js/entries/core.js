// Entry for a runtime that no other entry fits: createApi() is told where the module and the files
// come from.
export * from "../api/exports.js";
export { createApi } from "../api/create-api.js";
