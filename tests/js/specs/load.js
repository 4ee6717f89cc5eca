// Loading the module from every kind of source, and the errors for wrong ones.
import { equal, ok, rejects, spec } from "../lib/harness.js";

spec(
  "load: init() may be called more than once, and before open()",
  async ({ api }) => {
    await api.init();
    await api.init();
    const db = await api.open();
    equal(db.prepare("select 1 as one").get(), { one: 1 });
    db.close();
  },
);

spec("load: versions are those of the module", async ({ api }) => {
  const db = await api.open();
  equal(
    db.prepare("select sqlite_version()").pluck().get(),
    api.version.sqlite,
  );
  ok(
    String(db.prepare("select vss_version()").pluck().get()).includes(
      api.version.vss,
    ),
    "vss_version()",
  );
  ok(["baseline", "relaxed"].includes(api.version.simd), "version.simd");
  const options = db.prepare("pragma compile_options").pluck().all();
  ok(options.includes("ENABLE_FTS5"), "the build options are readable");
  db.close();
});

spec("load: open() refuses what is not a location", async ({ api }) => {
  await rejects(api.open("articles.db"), {
    name: "TypeError",
    message:
      '"articles.db" is not a location, expected ":memory:", "file:articles.db"',
  });
  await rejects(api.open("ftp://example.com/x.db"), {
    name: "TypeError",
    message: "is not a location",
  });
  await rejects(api.open(42), {
    name: "TypeError",
    message: "location is 42, expected a string or bytes",
  });
  await rejects(api.open(":memory:", { readOnly: true }), {
    name: "TypeError",
    message: 'unknown option "readOnly", did you mean "readonly"?',
  });
  await rejects(api.open(":memory:", "readonly"), {
    name: "TypeError",
    message: 'options are "readonly", expected a plain object',
  });
  await rejects(api.open("file:"), {
    message: /names no file|no file system|have no files/,
  });
  await rejects(api.init({ wsam: 1 }), {
    name: "TypeError",
    message: 'did you mean "wasm"?',
  });
});

spec("load: classes are not constructed by hand", async ({ api }) => {
  for (const name of ["Database", "VssTable"]) {
    let error;
    try {
      new api[name]();
    } catch (caught) {
      error = caught;
    }
    ok(error instanceof TypeError, `new ${name}() throws`);
  }
});
