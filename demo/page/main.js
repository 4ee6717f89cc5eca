/**
 * The page: it collects what the visitor asks for, and draws what the engine answers. All state is
 * in `state`, and every change of it ends in refresh().
 */

import { blobLiteral } from "./engine/sql.js";
import { connect } from "./engine/rpc.js";
import { byId, count, duration, make } from "./view/dom.js";
import { drawFilters } from "./view/filters.js";
import { startImport } from "./view/import-dialog.js";
import { VectorMap } from "./view/map.js";
import { drawResults } from "./view/results.js";
import { startScale } from "./view/scale.js";
import { drawSql } from "./view/sql.js";
import { startTheme } from "./view/theme.js";

/** The rows shown at first. On a phone they are few, so that the map and the SQL are near. */
const PAGE = matchMedia("(max-width: 40rem)").matches ? 12 : 24;
const WHERE_EXAMPLES = {
  emoji: "length(e.name) < 6 or e.keywords like '%ocean%'",
  own: "length(e.body) > 100",
};
const KEPT = {
  opfs: "In this browser's own file system (OPFS), as an SQLite database that a reload finds again.",
  indexeddb: "As a snapshot in IndexedDB that a reload finds again.",
  memory: "In memory, until this tab is closed.",
};

const state = {
  id: "emoji",
  text: "",
  similar: null,
  filters: {},
  where: "",
  limit: PAGE,
  model: "lsa",
};
let collections = [];
let storage = { kind: "memory", why: "" };
let filterView;
let lastSql = "";
let lastVector;
let filterKey = "";

const call = connect(
  new Worker(new URL("engine.js", import.meta.url), { type: "module" }),
);
const map = new VectorMap(byId("map"), byId("tip"), (id, title) =>
  showSimilar({ id, title }),
);
const current = () => collections.find(({ id }) => id === state.id);

// --- one search at a time; what changes meanwhile is searched next ---------------------------

let running = false;
let again = false;

async function refresh() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  do {
    again = false;
    await searchOnce();
  } while (again);
  running = false;
}

async function searchOnce() {
  const { id, text, similar, filters, where, limit, model } = state;
  const key = JSON.stringify([id, filters, where, model]);
  try {
    const answer = await call("search", {
      id,
      text,
      similarTo: similar?.id,
      filters,
      where,
      limit,
      model,
      wantFilter: key !== filterKey,
    });
    byId("where-error").textContent = "";
    if (answer.filter) {
      filterKey = key;
      filterView.setCounts(answer.filter.facets);
    }
    show(answer);
  } catch (error) {
    const place = where.trim() ? "where-error" : "notice";
    byId(place).textContent = error.message;
    byId(place).hidden = false;
    byId("status").textContent = error.message;
  }
}

// --- drawing an answer ---------------------------------------------------------------------

function show({ rows, sql, vector, milliseconds, filter, known, unknown }) {
  const collection = current();
  drawResults(byId("list"), {
    rows,
    collection,
    onSimilar: showSimilar,
    onPoint: (id) => map.point(id),
  });
  map.point(null);
  map.setState({
    passing: filter?.ids,
    results: state.text || state.similar ? rows.map(({ id }) => id) : [],
    origin: state.similar?.id,
  });
  if (filter) state.left = filter.ids.length;
  byId("stat-time").textContent = sql ? duration(milliseconds) : "–";
  byId("stat-left").textContent = count(state.left ?? collection.rowCount);
  byId("stat-rows").textContent = count(collection.rowCount);
  byId("stats").hidden = false;
  byId("more").hidden = rows.length < state.limit;
  showNotice({ rows, known, unknown });
  showSql(sql, vector);
  byId("status").textContent =
    `${count(rows.length)} results, ${count(state.left ?? 0)} of ${count(collection.rowCount)} rows left by the filter`;
}

function showSql(sql, vector) {
  lastSql = sql;
  lastVector = vector;
  byId("copy").disabled = sql === "";
  const text = sql || "-- nothing ran: no word was understood";
  const note = `\n\n-- :query is the ${vector?.length} numbers of “${state.text.trim()}”`;
  drawSql(byId("sql"), vector && sql ? text + note : text);
}

function showNotice({ rows, known, unknown }) {
  const notice = byId("notice");
  const list = unknown.map((word) => `“${word}”`).join(", ");
  let text = "";
  if (!known)
    text = `The encoder knows no word of that. It has learnt only the words of this collection; try others, or the neural encoder below.`;
  else if (rows.length === 0)
    text = "No row passes the filter. Loosen it on the left.";
  else if (unknown.length > 0)
    text = `Not known to the encoder, and left out: ${list}`;
  notice.textContent = text;
  notice.hidden = text === "";
}

function showSimilar({ id, title }) {
  Object.assign(state, { similar: { id, title }, text: "", limit: PAGE });
  byId("query").value = "";
  drawSimilar();
  refresh();
  byId("results").focus({ preventScroll: true });
  if (byId("list").getBoundingClientRect().top < 0)
    byId("results").scrollIntoView();
}

function drawSimilar() {
  const bar = byId("similar");
  bar.hidden = state.similar === null;
  if (!state.similar) return;
  const drop = () => {
    state.similar = null;
    drawSimilar();
    refresh();
    byId("query").focus();
  };
  bar.replaceChildren(
    "Similar to ",
    make("b", {}, state.similar.title),
    make(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-label": "Stop searching for similar rows",
        onclick: drop,
      },
      "✕",
    ),
  );
}

// --- choosing what to search ------------------------------------------------------------------

function drawTabs() {
  const tab = ({ id, title, rowCount }) =>
    make(
      "button",
      {
        type: "button",
        "aria-pressed": String(id === state.id),
        onclick: () => choose(id),
      },
      title,
      make("span", { class: "n" }, count(rowCount)),
    );
  const own = make(
    "button",
    { type: "button", class: "add", onclick: () => importer.ask() },
    collections.some(({ id }) => id === "own")
      ? "Another file…"
      : "+ Your own data",
  );
  byId("tabs").replaceChildren(...collections.map(tab), own);
}

async function choose(id, text = "") {
  Object.assign(state, {
    id,
    text,
    similar: null,
    filters: {},
    where: "",
    limit: PAGE,
    left: undefined,
  });
  if (id !== "emoji" && state.model === "neural") setModel("lsa");
  filterKey = "";
  byId("query").value = text;
  byId("where").value = "";
  byId("where-error").textContent = "";
  drawTabs();
  drawSimilar();
  drawControls();
  drawKept();
  map.setPoints(null);
  await refresh();
  await drawMap();
}

function drawControls() {
  const collection = current();
  filterView = drawFilters(
    byId("filters"),
    collection,
    state.filters,
    filtersChanged,
  );
  byId("suggestions").replaceChildren(
    ...collection.suggestions.map((text) =>
      make("button", { type: "button", onclick: () => ask(text) }, text),
    ),
  );
  const example = WHERE_EXAMPLES[state.id];
  byId("where-hint").replaceChildren(
    make(
      "button",
      {
        type: "button",
        title: "Use this condition",
        onclick: () => useWhere(example),
      },
      example,
    ),
  );
  byId("encoder-note").textContent =
    state.id === "emoji"
      ? "Learnt from the names and keywords of the emoji: 128 numbers per text, works offline."
      : `Learnt from your ${count(collection.rowCount)} texts: ${collection.dimensions} numbers per text. It joins words that occur together in them, and knows no others.`;
  filtersChanged({ search: false });
}

function useWhere(text) {
  byId("where").value = text;
  state.where = text;
  filtersChanged();
}

function filtersChanged({ search = true } = {}) {
  const active =
    Object.keys(state.filters).length + (state.where.trim() ? 1 : 0);
  byId("clear").hidden = active === 0;
  byId("filter-count").hidden = active === 0;
  byId("filter-count").textContent = `${active} active`;
  state.limit = PAGE;
  if (search) refresh();
}

async function drawMap() {
  const { id, model } = state;
  const points = await call("map", { id, model });
  if (id !== state.id) return;
  map.setPoints(points);
  byId("map-caption").textContent =
    `${count(points.ids.length)} vectors, flattened to their two main components`;
}

function ask(text) {
  Object.assign(state, { text, similar: null, limit: PAGE });
  byId("query").value = text;
  drawSimilar();
  refresh();
  byId("query").focus();
}

// --- storage, export, encoder -----------------------------------------------------------------

function drawKept() {
  const { kind, why } = storage;
  byId("kept").replaceChildren(
    KEPT[kind],
    why ? make("span", { class: "hint" }, ` ${why}`) : "",
  );
  byId("forget").hidden = state.id !== "own";
}

async function download() {
  const bytes = await call("export", { id: state.id });
  const link = make("a", {
    href: URL.createObjectURL(
      new Blob([bytes], { type: "application/vnd.sqlite3" }),
    ),
    download: `${state.id}.db`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function copySql() {
  const text = lastVector
    ? lastSql.replace(":query", blobLiteral(lastVector))
    : lastSql;
  const button = byId("copy");
  try {
    await navigator.clipboard.writeText(`${text};\n`);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

function setModel(model) {
  state.model = model;
  document.querySelector(`input[name=encoder][value=${model}]`).checked = true;
}

async function changeModel(model) {
  byId("encoder-error").textContent = "";
  if (model === "neural") {
    const done = showProgress("Loading the neural encoder");
    byId("encoder").disabled = true;
    try {
      await call("neural", { id: state.id }, done.update);
    } catch (error) {
      byId("encoder-error").textContent = error.message;
      model = "lsa";
    }
    byId("encoder").disabled = false;
    done.close();
  }
  setModel(model);
  filterKey = "";
  await refresh();
  await drawMap();
}

function showProgress(stage) {
  byId("progress").hidden = false;
  byId("progress-stage").textContent = stage;
  return {
    update: ({ stage: now, done }) => {
      byId("progress-stage").textContent = now;
      byId("progress-bar").value = done;
    },
    close: () => (byId("progress").hidden = true),
  };
}

// --- beginning ----------------------------------------------------------------------------------

const importer = startImport({
  call,
  onImported: ({ collection, storage: kept }) => {
    collections = [...collections.filter(({ id }) => id !== "own"), collection];
    storage = kept;
    choose("own", collection.suggestions[0] ?? "");
  },
});

function listen() {
  const query = byId("query");
  query.addEventListener("input", () => {
    Object.assign(state, { text: query.value, similar: null, limit: PAGE });
    drawSimilar();
    refresh();
  });
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("where").addEventListener("input", () => {
    state.where = byId("where").value;
    filtersChanged();
  });
  byId("clear").addEventListener("click", () => {
    Object.assign(state, { filters: {}, where: "" });
    byId("where").value = "";
    drawControls();
    refresh();
    byId("query").focus();
  });
  byId("more").addEventListener("click", () => {
    state.limit += PAGE;
    refresh();
  });
  byId("copy").addEventListener("click", copySql);
  byId("export").addEventListener("click", download);
  byId("forget").addEventListener("click", async () => {
    await call("forgetOwn");
    collections = collections.filter(({ id }) => id !== "own");
    choose("emoji", current()?.example ?? "");
  });
  for (const radio of document.querySelectorAll("input[name=encoder]"))
    radio.addEventListener("change", () => changeModel(radio.value));
  addEventListener("keydown", (event) => {
    const typing =
      /^(input|textarea|select)$/i.test(
        document.activeElement?.tagName ?? "",
      ) && document.activeElement?.type !== "checkbox";
    if (event.key === "/" && !typing && !byId("import").open) {
      event.preventDefault();
      byId("query").focus();
      byId("query").select();
    }
  });
}

async function start() {
  startTheme(() => map.draw());
  if (matchMedia("(max-width: 60rem)").matches)
    byId("filters-box").open = false;
  const parameters = new URLSearchParams(location.search);
  const progress = showProgress("Starting");
  try {
    const answer = await call(
      "start",
      { keep: parameters.get("keep") ?? "opfs" },
      progress.update,
    );
    ({ collections, storage } = answer);
    byId("versions").textContent =
      `vss-wasm ${answer.version.vss}, SQLite ${answer.version.sqlite}.`;
    document.documentElement.dataset.from = answer.storage.wasThere
      ? "kept"
      : "fresh";
  } catch (error) {
    progress.update({
      stage: `The demo could not start: ${error.message}`,
      done: 0,
    });
    byId("progress").classList.add("failed");
    return;
  }
  progress.close();
  byId("query").disabled = false;
  listen();
  startScale(call);
  await choose("emoji", parameters.get("q") ?? current().example);
  document.documentElement.dataset.ready = "";
  if ("serviceWorker" in navigator)
    navigator.serviceWorker.register("sw.js").catch(() => {});
}

start();
