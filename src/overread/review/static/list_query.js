// What the list is asked for, as the address says it, so that reload, links, back and forward bring it again.
// The search may name a patient. It stands behind the #, which a browser never sends: no log of a server or a proxy
// holds it. It is in no storage either, only in the address bar and in the tab's own history.
const KNOWN = {
  status: ["received", "running", "refused", "awaiting_review", "signed", "rejected", "failed", "replaced"],
  priority: ["STAT", "urgent", "routine"],
  age: ["overdue", "day", "week", "older"],
  sort: ["urgency", "priority", "critical", "status", "patient", "accession", "exam", "study", "age", "assignee"],
};
const FREE = ["assignee", "modality", "view"];

export function fromAddress(place) {
  const said = new URLSearchParams(place.search);
  const query = {};
  for (const [name, words] of Object.entries(KNOWN)) if (words.includes(said.get(name))) query[name] = said.get(name);
  for (const name of FREE) if (said.get(name)) query[name] = said.get(name).slice(0, 64);
  if (said.get("critical") === "1") query.critical = true;
  if (said.get("order") === "down") query.descending = true;
  const page = Number(said.get("page"));
  if (Number.isInteger(page) && page > 1 && page <= 1e6) query.page = page;
  const find = new URLSearchParams(place.hash.slice(1)).get("find");
  if (find) query.find = find.slice(0, 120);
  return query;
}

export function toAddress(query) {
  const said = new URLSearchParams();
  for (const name of [...Object.keys(KNOWN), ...FREE])
    if (query[name] && !(name === "sort" && query.sort === "urgency")) said.set(name, query[name]);
  if (query.critical) said.set("critical", "1");
  if (query.descending) said.set("order", "down");
  if (query.page > 1) said.set("page", query.page);
  const find = query.find ? `#${new URLSearchParams({ find: query.find })}` : "";
  return `/${said.size ? `?${said}` : ""}${find}`;
}

// As the server takes it: what is empty is left out, and the state is one of several.
export function asked(query) {
  const { status, ...rest } = query;
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
  return status ? { ...kept, statuses: [status] } : kept;
}
