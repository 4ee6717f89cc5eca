/**
 * The visitor's own rows: a file that is chosen or dropped, or pasted text; then the columns to
 * use.
 */

import { byId, count, make } from "./dom.js";

const KINDS = {
  facet: "values to choose",
  number: "range",
  text: "text",
  other: "values to choose",
};

/**
 * @param {{ call: (method: string, params?: object, onProgress?: (p: any) => void) => Promise<any>,
 *   onImported: (answer: any) => void }} what
 */
export function startImport({ call, onImported }) {
  const dialog = byId("import");
  const open = (...children) => {
    dialog.replaceChildren(...children);
    if (!dialog.open) dialog.showModal();
  };
  const head = (title) =>
    make(
      "div",
      { class: "panel-head" },
      make("h2", { id: "import-title" }, title),
      make(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": "Close",
          onclick: () => dialog.close(),
        },
        "Close",
      ),
    );

  async function read(source) {
    open(
      head("Your own data"),
      make("p", { class: "lede", role: "status" }, `Reading ${source.name}…`),
    );
    try {
      choose(source.name, await call("parse", source));
    } catch (error) {
      ask(error.message);
    }
  }

  function ask(problem = "") {
    const file = make("input", {
      type: "file",
      id: "file",
      accept: ".csv,.tsv,.json,.jsonl,.ndjson,.txt,.md,text/*,application/json",
      onchange: () =>
        file.files[0] &&
        read({ file: file.files[0], name: file.files[0].name }),
    });
    const paste = make("textarea", {
      id: "paste",
      rows: 5,
      spellcheck: "false",
    });
    open(
      head("Your own data"),
      make(
        "p",
        { class: "lede" },
        "A CSV, JSON, JSON Lines or text file becomes searchable in this tab. It is sent nowhere.",
      ),
      make("p", { class: "error", role: "alert" }, problem),
      make(
        "label",
        { class: "file", for: "file" },
        make("b", {}, "Choose a file"),
        make("span", {}, "or drop it anywhere on the page"),
        file,
      ),
      make("label", { class: "block", for: "paste" }, "Or paste text or rows"),
      paste,
      make(
        "div",
        { class: "row end" },
        make(
          "button",
          {
            type: "button",
            onclick: () =>
              paste.value.trim() &&
              read({ text: paste.value, name: "pasted text" }),
          },
          "Use the pasted text",
        ),
      ),
    );
  }

  function choose(name, { rowCount, columns, suggested, format }) {
    const boxes = { text: new Map(), filters: new Map() };
    const box = (kind, column) => {
      const input = make("input", {
        type: "checkbox",
        "aria-label": `${kind === "text" ? "Search in" : "Filter by"} ${column.name}`,
      });
      input.checked = suggested[kind].includes(column.name);
      boxes[kind].set(column.name, input);
      return make("td", { class: "check" }, input);
    };
    const chosen = (kind) =>
      [...boxes[kind]]
        .filter(([, input]) => input.checked)
        .map(([column]) => column);
    const error = make("p", { class: "error", role: "alert" });
    const progress = make("progress", {
      max: 1,
      value: 0,
      "aria-label": "Progress",
      hidden: true,
    });
    const state = make(
      "p",
      { class: "hint", role: "status" },
      "The encoder is learnt from these texts alone: it joins words that occur together in them, and knows no others.",
    );
    const go = make(
      "button",
      { type: "button", class: "primary" },
      `Make ${count(rowCount)} rows searchable`,
    );
    go.addEventListener("click", async () => {
      error.textContent = "";
      go.disabled = true;
      progress.hidden = false;
      try {
        const answer = await call(
          "import",
          { text: chosen("text"), filters: chosen("filters") },
          ({ stage, done }) => {
            state.textContent = `${stage}…`;
            progress.value = done;
          },
        );
        dialog.close();
        onImported(answer);
      } catch (problem) {
        error.textContent = problem.message;
        go.disabled = false;
        progress.hidden = true;
      }
    });
    open(
      head(name),
      make(
        "p",
        { class: "lede" },
        `${count(rowCount)} rows of ${{ csv: "CSV", json: "JSON", jsonl: "JSON Lines", text: "text" }[format]}. Choose the columns to search in and to filter by.`,
      ),
      make(
        "div",
        {
          class: "scroll",
          tabindex: "0",
          role: "region",
          "aria-label": "Columns",
        },
        columnTable(columns, box),
      ),
      state,
      progress,
      error,
      make(
        "div",
        { class: "row end" },
        make(
          "button",
          { type: "button", class: "quiet", onclick: () => ask() },
          "Another file",
        ),
        go,
      ),
    );
    go.focus();
  }

  listenForDrops(read);
  return { ask };
}

function columnTable(columns, box) {
  return make(
    "table",
    { class: "columns" },
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ...[
          "Column",
          "Search in",
          "Filter by",
          "Looks like",
          "For example",
        ].map((text) => make("th", { scope: "col" }, text)),
      ),
    ),
    make(
      "tbody",
      {},
      ...columns.map((column) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, column.name),
          box("text", column),
          box("filters", column),
          make("td", {}, KINDS[column.kind]),
          make("td", { class: "sample" }, column.sample),
        ),
      ),
    ),
  );
}

function listenForDrops(read) {
  const sign = byId("drop");
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    sign.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) sign.hidden = true;
  });
  addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    sign.hidden = true;
    const [file] = event.dataTransfer.files;
    if (file) read({ file, name: file.name });
  });
}
