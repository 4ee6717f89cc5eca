// The check of links: planted links that lead nowhere are found, and those that lead somewhere are
// not.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { brokenLinks, pagesBelow } from "../../tools/lib/links.mjs";
import { root } from "../../tools/lib/run.mjs";

mkdirSync(join(root, "build"), { recursive: true });
const folder = mkdtempSync(join(root, "build/links-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function page(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

page(
  "target.md",
  "# What `vss0` is, *in* one line\n\n## Twice\n\n## Twice\n\n```\n# Not a heading\n```\n",
);

test("links to files and to headings that exist are right", () => {
  const path = page(
    "right.md",
    `# Here
[file](target.md) [heading](target.md#what-vss0-is-in-one-line) [second](target.md#twice-1)
[own](#here) [site](https://sqlite.org) [folder](../) ![picture](target.md)
\`[code](nowhere.md)\`
`,
  );
  assert.deepEqual(brokenLinks([path]), []);
});

for (const [link, problem] of [
  ["nowhere.md", "there is no such file"],
  ["target.md#three", "has no such heading"],
  ["target.md#not-a-heading", "has no such heading"],
  ["target.md#twice-2", "has no such heading"],
  ["#there", "has no such heading"],
  ["../../../elsewhere.md", "leads out of the repository"],
]) {
  test(`a link to ${link} is found`, () => {
    const path = page("wrong.md", `# Here\n\nA [link](${link}).\n`);
    const found = brokenLinks([path]);
    assert.equal(found.length, 1);
    assert.match(found[0], /wrong\.md:3: link /);
    assert.ok(found[0].includes(link) && found[0].includes(problem), found[0]);
  });
}

test("the pages of the repository are found, built and installed ones are not", () => {
  const pages = pagesBelow().map((path) => path.slice(root.length + 1));
  assert.ok(pages.includes("README.md") && pages.includes("docs/sql.md"));
  assert.ok(!pages.some((path) => /^(build|dist|node_modules)\//.test(path)));
});
