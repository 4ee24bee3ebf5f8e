"use strict";
const view = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const ROW = 46;
const AROUND = 8;

/** Make an element; text is always text, never markup. */
function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  element.append(...inside.filter((one) => one !== null && one !== undefined));
  return element;
}
const fixed = (value, digits = 3) => value.toFixed(digits);
const signed = (value) => (value > 0 ? "+" : "") + value.toFixed(3);
const percent = (value) => `${Math.min(100, Math.max(0, value * 100))}%`;

/** A table whose columns sort by a click: each column has a title, a cell and the value to sort by. */
function sortable(table, columns, rows) {
  let by = null;
  let up = true;
  const head = make("tr");
  const body = make("tbody");
  columns.forEach((column, place) => {
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => { up = by === place ? !up : true; by = place; fill(); });
    head.append(make("th", {}, button));
  });
  function fill() {
    const sorted = by === null ? rows : [...rows].sort((one, other) => (up ? 1 : -1) * order(columns[by].by(one), columns[by].by(other)));
    [...head.cells].forEach((cell, place) => place === by ? cell.setAttribute("aria-sort", up ? "ascending" : "descending") : cell.removeAttribute("aria-sort"));
    body.replaceChildren(...sorted.map((row) => make("tr", {}, ...columns.map((column) => make("td", { class: column.number ? "number" : null }, column.cell(row))))));
  }
  table.replaceChildren(make("thead", {}, head), body);
  fill();
}
function order(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), undefined, { numeric: true });
}

function interval(low, value, high, reference) {
  const bar = make("span", { class: "bar" });
  const part = make("i");
  part.style.left = percent(low);
  part.style.right = percent(1 - high);
  const mark = make("b");
  mark.style.left = percent(value);
  bar.append(part, mark);
  if (reference !== null && reference !== undefined) {
    const other = make("u", { title: "the commonest answer" });
    other.style.left = percent(reference);
    bar.append(other);
  }
  return bar;
}
function difference(row) {
  const widest = Math.max(0.05, ...view.compared.map((one) => Math.max(Math.abs(one.low), Math.abs(one.high))));
  const bar = interval(0.5 + row.low / widest / 2, 0.5 + row.difference / widest / 2, 0.5 + row.high / widest / 2, null);
  bar.append(make("s"));
  return bar;
}

sortable(at("figures").querySelector("table"), [
  { title: "part", cell: (row) => row.part, by: (row) => row.part },
  { title: view.words.voice, cell: (row) => row.voice, by: (row) => row.voice },
  { title: "measure", cell: (row) => row.measure, by: (row) => row.measure },
  { title: "value", number: true, cell: (row) => `${fixed(row.value)} (${fixed(row.low)}–${fixed(row.high)})`, by: (row) => row.value },
  { title: "", cell: (row) => interval(row.low, row.value, row.high, row.reference), by: (row) => row.high - row.low },
  { title: "of", number: true, cell: (row) => row.counted, by: (row) => row.counted },
], view.figures);
at("compared").hidden = !view.compared.length;
sortable(at("compared").querySelector("table"), [
  { title: "part", cell: (row) => row.part, by: (row) => row.part },
  { title: "second − first", cell: (row) => make("span", { class: "names", title: `${row.second} − ${row.first}` }, `${row.second} − ${row.first}`), by: (row) => `${row.second} ${row.first}` },
  { title: "measure", cell: (row) => row.measure, by: (row) => row.measure },
  { title: "difference", number: true, cell: (row) => `${signed(row.difference)} (${signed(row.low)} to ${signed(row.high)})`, by: (row) => row.difference },
  { title: "", cell: difference, by: (row) => row.high - row.low },
  { title: "only 1st/2nd", number: true, cell: (row) => row.only_first === null ? "" : `${row.only_first}/${row.only_second}`, by: (row) => row.only_first ?? -1 },
  { title: "McNemar", number: true, cell: (row) => row.p === null ? "" : row.p < 0.0001 ? "< 0.0001" : fixed(row.p, 4), by: (row) => row.p ?? 2 },
], view.compared);

/* Samples: a list of which only the rows in sight are in the document, and one of them in detail. */
const NOTHING = { state: "none", label: "not run", why: "", failed: [], detail: {} };
const samples = view.samples.map((sample, number) => ({ ...sample, number, words: wordsOf(sample) }));
let shown = samples;
let chosen = null;
let sorting = { by: "number", up: true };

function wordsOf(sample) {
  const said = Object.values(sample.by).map((one) => `${one.label} ${one.why} ${JSON.stringify(one.detail)}`);
  return `${sample.id} ${sample.title} ${sample.text} ${sample.truth} ${sample.tags.join(" ")} ${said.join(" ")}`.toLowerCase();
}
const of = (sample, voice) => sample.by[voice] ?? NOTHING;
const differs = (sample) => at("b").value !== "" && (of(sample, at("a").value).state !== of(sample, at("b").value).state || of(sample, at("a").value).label !== of(sample, at("b").value).label);

function choices(select, options) {
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
}
choices(at("a"), view.voices.map((voice) => [voice, voice]));
choices(at("b"), [["", "–"], ...view.voices.map((voice) => [voice, voice])]);
choices(at("state"), [["", "all"], ["fail", `${view.words.fail} by A`], ["pass", `${view.words.pass} by A`], ["none", "not scored"], ["any", `${view.words.fail} by any`], ["differ", "A and B differ"], ["worse", "only A passes"], ["better", "only B passes"]]);
const counted = (lists) => [...lists.flat().reduce((counts, one) => counts.set(one, (counts.get(one) ?? 0) + 1), new Map())].sort();
choices(at("tag"), [["", "all"], ...counted(samples.map((sample) => sample.tags)).map(([tag, count]) => [tag, `${tag} (${count})`])]);
const failing = counted(samples.map((sample) => [...new Set(Object.values(sample.by).flatMap((one) => one.failed))]));
choices(at("dimension"), [["", "–"], ...failing.map(([name, count]) => [name, `${name} (${count})`])]);
at("dimensions").hidden = !failing.length;
if (view.beside) at("b").value = view.beside;
at("b").parentElement.hidden = at("changes").hidden = view.voices.length < 2;

const TESTS = {
  "": () => true,
  fail: (a) => a.state === "fail",
  pass: (a) => a.state === "pass",
  none: (a) => a.state === "none",
  any: (a, b, sample) => Object.values(sample.by).some((one) => one.state === "fail"),
  differ: (a, b, sample) => differs(sample),
  worse: (a, b) => a.state === "pass" && b.state === "fail",
  better: (a, b) => a.state === "fail" && b.state === "pass",
};
const KEYS = {
  number: (sample) => sample.number,
  title: (sample) => sample.title,
  a: (sample) => of(sample, at("a").value).state + of(sample, at("a").value).label,
  b: (sample) => of(sample, at("b").value).state + of(sample, at("b").value).label,
  tags: (sample) => sample.tags.join(" "),
};

function choose() {
  const words = at("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const [a, b, test, tag, dimension] = [at("a").value, at("b").value, TESTS[at("state").value], at("tag").value, at("dimension").value];
  shown = samples.filter((sample) => test(of(sample, a), of(sample, b), sample)
    && (!tag || sample.tags.includes(tag))
    && (!dimension || Object.values(sample.by).some((one) => one.failed.includes(dimension)))
    && words.every((word) => sample.words.includes(word)));
  const key = KEYS[sorting.by];
  shown.sort((one, other) => (sorting.up ? 1 : -1) * order(key(one), key(other)));
  if (at("differ").checked) shown.sort((one, other) => differs(other) - differs(one));
  at("count").value = `${shown.length} of ${samples.length}`;
  heads();
  at("list").scrollTop = 0;
  draw(true);
  if (!shown.includes(chosen)) open(shown[0] ?? null);
}

function heads() {
  const columns = [["number", "", "48px"], ["title", view.words.sample, null], ["a", at("a").value, "24%"]];
  if (at("b").value) columns.push(["b", at("b").value, "24%"]);
  else columns.push(["tags", "tags", "24%"]);
  const row = make("tr", {}, ...columns.map(([by, title, width]) => {
    const button = make("button", { type: "button", "data-by": by }, title || "#");
    button.addEventListener("click", () => { sorting = { by, up: sorting.by === by ? !sorting.up : true }; choose(); });
    return make("th", { style: width ? `width:${width}` : null, "aria-sort": sorting.by === by ? (sorting.up ? "ascending" : "descending") : null }, button);
  }));
  at("list").querySelector("thead").replaceChildren(row);
}

let drawn = "";
let made = new Map();
function draw(anew = false) {
  const list = at("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - AROUND);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + AROUND);
  const mark = `${first}-${last}`;
  if (!anew && mark === drawn) return;
  drawn = mark;
  const space = (rows) => make("tr", { class: "space" }, make("td", { colspan: 4, style: `height:${rows * ROW}px` }));
  const body = list.querySelector("tbody");
  const before = anew ? new Map() : made;
  made = new Map(shown.slice(first, last).map((sample) => [sample, before.get(sample) ?? line(sample)]));
  body.replaceChildren(space(first), ...made.values(), space(shown.length - last));
  if (!shown.length) body.replaceChildren(make("tr", { class: "space" }, make("td", { colspan: 4, class: "empty" }, "Nothing fits the filter.")));
}

function line(sample) {
  const cells = [
    make("td", {}, sample.picture ? make("img", { class: "thumb", alt: "", src: view.pictures[sample.picture] }) : null),
    make("td", {}, make("span", { class: "two" }, make("span", { class: "line" }, sample.title), make("small", { class: "line" }, sample.truth ? `${sample.truth} · ${sample.text}` : sample.text))),
    make("td", {}, outcome(of(sample, at("a").value))),
    make("td", {}, at("b").value ? outcome(of(sample, at("b").value)) : make("span", { class: "two" }, make("small", {}, sample.tags.join(", ")))),
  ];
  const row = make("tr", { "data-id": sample.id, "aria-selected": sample === chosen ? "true" : null }, ...cells);
  row.addEventListener("click", () => open(sample));
  return row;
}
function outcome(one) {
  return make("span", { class: "two" }, make("span", { class: `${one.state} line` }, one.label), one.why ? make("small", { class: "line", title: one.why }, one.why) : null);
}

function open(sample) {
  chosen = sample;
  for (const row of at("list").querySelectorAll("tbody tr[data-id]")) row.dataset.id === sample?.id ? row.setAttribute("aria-selected", "true") : row.removeAttribute("aria-selected");
  if (!sample) { at("detail").replaceChildren(make("p", { class: "empty" }, "No sample is chosen.")); return; }
  const voices = [...new Set([at("a").value, at("b").value].filter(Boolean))];
  const texts = voices.map((voice) => new Set((of(sample, voice).detail.observed?.sentences ?? []).map((one) => one.text)));
  at("detail").replaceChildren(
    make("div", { class: "head" },
      sample.picture ? make("img", { alt: "the picture", src: view.pictures[sample.picture] }) : null,
      make("div", {}, make("h2", {}, sample.title), make("p", {}, sample.text), sample.truth ? make("p", {}, "Truth: ", make("strong", {}, sample.truth)) : null,
        ...sample.tags.map((tag) => make("span", { class: "chip" }, tag)))),
    make("div", { class: "beside" }, ...voices.map((voice, place) => column(sample, voice, voices.length > 1 ? texts[1 - place] : null))),
  );
  at("detail").scrollTop = 0;
}
function column(sample, voice, otherTexts) {
  const one = of(sample, voice);
  const inside = make("div", { "data-voice": voice }, make("h3", {}, voice, one.seconds === null || one.seconds === undefined ? "" : ` · ${one.seconds.toFixed(2)} s`), make("p", { class: one.state }, one.label));
  if (one.why && !one.detail.scores) inside.append(make("p", { class: "fail plain" }, one.why));
  const { scores, observed } = one.detail;
  if (scores) scored(inside, scores);
  if (observed) told(inside, observed, otherTexts);
  if (one.detail.fate) plainly(inside, one.detail);
  return inside;
}
function scored(inside, scores) {
  const failed = scores.filter((score) => score.passed === false);
  section(inside, "Failed", failed.map((score) => make("li", {}, make("span", { class: "fail" }, score.scorer), make("small", {}, ` ${score.dimension}, ${score.kind}`), ` ${score.reason}`)));
  const rest = scores.filter((score) => score.passed !== false);
  inside.append(make("h3", {}, "Scores"), make("p", {}, ...rest.map((score) => make("span", { class: `chip ${score.passed === null ? "none" : "pass"}`, title: `${score.dimension}, ${score.kind}${score.passed === null ? ": nothing to check" : ""}` }, score.value === null || score.value === undefined ? score.scorer : `${score.scorer} ${fixed(score.value)}`))));
}
function plainly(inside, detail) {
  const facts = [["said", detail.said], ["read as", detail.read], ["F1 of words", detail.words === null ? null : fixed(detail.words)], ["fate", detail.fate]];
  section(inside, "Answer", facts.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => make("li", {}, make("small", {}, `${name} `), String(value))));
}
function told(inside, observed, otherTexts) {
  const numbers = new Map(observed.evidence.map((item, place) => [item.id, place + 1]));
  const look = (id) => {
    const target = inside.querySelector(`[data-evidence="${CSS.escape(id)}"]`);
    inside.querySelectorAll(".cited").forEach((item) => item.classList.remove("cited"));
    target?.classList.add("cited");
    target?.scrollIntoView({ block: "center" });
  };
  const cites = (ids) => ids.map((id) => { const button = make("button", { type: "button", class: "cite", title: id }, `[${numbers.get(id) ?? "?"}]`); button.addEventListener("click", () => look(id)); return button; });
  section(inside, "Draft", observed.sentences.map((one) => make("li", { class: [one.withheld && "gone", otherTexts && !otherTexts.has(one.text) && "other"].filter(Boolean).join(" ") || null },
    make("small", {}, `${one.section} `), one.text, " ", ...cites(one.citations), one.withheld ? make("small", {}, ` withheld: ${one.withheld}`) : null)));
  for (const [kind, title] of [["alert", "Critical results"], ["conflict", "Conflicts"], ["failure", "Failures"], ["finding", "Findings"]])
    section(inside, title, observed.told.filter((one) => one.kind === kind).map((one) => make("li", {}, `${one.name} `, make("span", { class: "chip" }, one.state), make("small", {}, one.text))));
  section(inside, "Notes", [...observed.notes, observed.refusal && `refused: ${observed.refusal}`].filter(Boolean).map((text) => make("li", {}, text)));
  section(inside, "What each tool said", observed.evidence.map((item) => make("li", { "data-evidence": item.id, title: item.place }, make("small", {}, `[${numbers.get(item.id)}] ${item.tool} `), item.text)));
}
function section(inside, title, items) {
  if (items.length) inside.append(make("h3", {}, `${title} (${items.length})`), make("ul", {}, ...items));
}

at("list").addEventListener("scroll", () => requestAnimationFrame(() => draw()));
new ResizeObserver(() => draw(true)).observe(at("list"));
for (const id of ["find", "a", "b", "state", "tag", "dimension", "differ"]) at(id).addEventListener("input", choose);
at("differ").addEventListener("input", () => open(shown[0] ?? null));
for (const id of ["a", "b"]) at(id).addEventListener("input", () => open(chosen));
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); at("find").focus(); return; }
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (!step || !shown.length || event.target.closest("#detail")) return;
  event.preventDefault();
  const next = Math.min(shown.length - 1, Math.max(0, shown.indexOf(chosen) + step));
  const list = at("list");
  if (next * ROW < list.scrollTop + ROW) list.scrollTop = next * ROW - ROW;
  if ((next + 2) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (next + 2) * ROW - list.clientHeight;
  open(shown[next]);
  draw(true);
});
at("theme").addEventListener("click", () => {
  const light = document.documentElement.dataset.theme === "dark";
  document.documentElement.dataset.theme = light ? "light" : "dark";
  at("theme").textContent = light ? "Dark" : "Light";
});
choose();
