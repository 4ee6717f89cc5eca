// Compiled and never run: what index.d.ts, core.d.ts and worker.d.ts declare is what js/
// implements, and nothing else. A difference is an error that names the class, the member and the
// lie; tests/js/contract.test.mjs plants lies and sees them found.
//
// tsc takes index.d.ts for index.js, so the implementation is reached through js/api and js/worker.
import type * as declared from "../../../js/entries/index.js";
import type * as declaredWorker from "../../../js/entries/worker.js";
import type * as api from "../../../js/api/exports.js";
import type * as declaredCore from "../../../js/entries/core.js";
import type * as declaredText from "../../../js/entries/text.js";
import type * as text from "../../../js/text/collection.js";
import type * as vfs from "../../../js/module/vfs.js";
import type { createApi } from "../../../js/api/create-api.js";
import type * as plain from "../../../js/api/plain-exports.js";
import type { AsyncDatabase } from "../../../js/worker/async-database.js";
import type { AsyncStatement } from "../../../js/worker/async-statement.js";
import type { AsyncVssTable } from "../../../js/worker/async-vss-table.js";
import type { createClient } from "../../../js/worker/client.js";

/**
 * Identical, which is more than assignable to each other: `any` and wider parameters are found too.
 */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
    ? true
    : false;

/** A method's signatures (at most two) with its own class replaced by the word "itself". */
type Chained<F, Self> = F extends {
  (...args: infer A): infer R;
  (...args: infer B): infer S;
}
  ? [A, R extends Self ? "itself" : R, B, S extends Self ? "itself" : S]
  : F;

type SameMember<I, D, K extends keyof I & keyof D> =
  Same<I[K], D[K]> extends true
    ? Same<Pick<I, K>, Pick<D, K>>
    : Same<ReturnOf<D[K]>, D> extends true
      ? Same<Chained<I[K], I>, Chained<D[K], D>>
      : false;
type ReturnOf<F> = F extends (...args: any[]) => infer R ? R : never;

/** The type never, or a sentence for each lie. */
type Lies<I, D> = {
  [K in keyof I | keyof D]: K extends keyof D
    ? K extends keyof I
      ? SameMember<I, D, K> extends true
        ? never
        : `${Name<K>}: implemented otherwise than it is declared`
      : `${Name<K>}: declared, and not implemented`
    : `${Name<K>}: implemented, and not declared`;
}[keyof I | keyof D];
type Name<K> = K extends string ? K : "a symbol";

/**
 * A class of the worker client: members of its own are held, the others must be those of the class
 * that it mirrors.
 */
type RemoteLies<I, D, Mirrored> =
  Lies<I, Pick<D, keyof I & keyof D>> | Lies<Mirrored, Omit<D, keyof I>>;

declare function hold<L extends never>(): L;

hold<Lies<api.Database, declared.Database>>();
/**
 * The methods that take parameters with their last signature, which is all that the code has. The
 * one before it is for one list alone, which the last one takes too.
 */
type TakesAll<T> = {
  [K in keyof T]: K extends "run" | "get" | "all" | "iterate"
    ? T[K] extends (...params: infer P) => infer R
      ? (...params: P) => R
      : never
    : T[K];
};
hold<Lies<api.Statement<{ a: 1 }>, TakesAll<declared.Statement<{ a: 1 }>>>>();
hold<Lies<api.VssTable, declared.VssTable>>();
// JavaScript has no way to tell tsc that a property may be missing, as `offset` may.
type Present<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };
hold<Lies<Present<api.VssError>, Present<declared.VssError>>>();

// What the classes have beside instances, and the modules beside classes. That an entry exports
// these names and no others is held by contract.test.mjs: types cannot tell a value from a type of
// its name.
type Statics<T> = Exclude<keyof T, "prototype">;
hold<Statics<typeof api.Database>>();
hold<Statics<typeof api.Statement>>();
hold<Statics<typeof api.VssTable>>();

type Classes = "Database" | "Statement" | "VssTable" | "VssError";
type Opening = "init" | "open";
/**
 * A module's functions and constants; whether a constant is read-only differs between .js and
 * .d.ts.
 */
type Module<T> = { -readonly [K in Exclude<keyof T, Classes>]: T[K] };

hold<Lies<Module<typeof api>, Module<Omit<typeof declared, Opening>>>>();
hold<Exclude<Classes, keyof typeof api>>();
hold<Exclude<Classes, keyof typeof declared>>();
type Made = ReturnType<typeof createApi>;
hold<Lies<Pick<Made, Opening>, Pick<typeof declared, Opening>>>();
hold<
  Lies<
    Module<typeof plain>,
    Module<Pick<typeof declaredWorker, keyof typeof plain>>
  >
>();
hold<
  Lies<ReturnType<typeof createClient>, Pick<typeof declaredWorker, Opening>>
>();

hold<Lies<vfs.Store, declaredCore.Store>>();
hold<Lies<vfs.FileObject, declaredCore.FileObject>>();

hold<
  RemoteLies<
    AsyncDatabase,
    declaredWorker.AsyncDatabase,
    declaredWorker.Async<
      Omit<declared.Database, keyof AsyncDatabase>,
      "inTransaction"
    >
  >
>();
hold<
  RemoteLies<
    AsyncStatement<{ a: 1 }>,
    declaredWorker.AsyncStatement<{ a: 1 }>,
    declaredWorker.Async<
      Omit<declared.Statement<{ a: 1 }>, keyof AsyncStatement>
    >
  >
>();
hold<
  RemoteLies<
    AsyncVssTable,
    declaredWorker.AsyncVssTable,
    declaredWorker.Async<Omit<declared.VssTable, keyof AsyncVssTable>, "count">
  >
>();

hold<Lies<text.Collection, declaredText.Collection>>();
hold<
  Lies<
    {
      -readonly [
        K in Exclude<keyof typeof text, "Collection">
      ]: (typeof text)[K];
    },
    {
      -readonly [
        K in Exclude<keyof typeof declaredText, "Collection">
      ]: (typeof declaredText)[K];
    }
  >
>();
