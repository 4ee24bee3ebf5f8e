// Tracked changes: what the words are now against the draft's, and what to look at in them.
import { gettext, gettext_noop } from "./wording.js";
const ABOUT = {
  uncited: gettext_noop("not in its evidence"),
  side: gettext_noop("side"),
  negation: gettext_noop("negation"),
  measurement: gettext_noop("measurement"),
  prior: gettext_noop("earlier study"),
  view: gettext_noop("view"),
  decision: gettext_noop("decision"),
  words: gettext_noop("words"),
};
// Whose words a sentence is in.
const ORIGINS = { draft: gettext_noop("draft"), edited: gettext_noop("edited"), changed: gettext_noop("changed"), added: gettext_noop("added") };

// A text in words and marks, each with the space before it.
function parts(text) {
  return text.match(/\s*(?:[\p{L}\p{N}_'’-]+(?:[.,]\p{N}+)*|[^\s])/gu) || [];
}

// Both texts in order, each part with whether it is only in the old one (-1), in both (0) or only in the new one (1).
export function wordsBetween(before, after) {
  const [a, b] = [parts(before), parts(after)];
  const same = (i, j) => a[i].trim() === b[j].trim();
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = same(i, j) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && same(i, j)) found.push([0, b[j++], i++]);
    else if (i < a.length && (j >= b.length || common[i + 1][j] >= common[i][j + 1])) found.push([-1, a[i++]]);
    else found.push([1, b[j++]]);
  }
  return found;
}

export function tracked(before, after) {
  const runs = [];
  for (const [kind, word] of wordsBetween(before, after)) {
    if (runs.at(-1)?.kind === kind) runs.at(-1).text += word;
    else runs.push({ kind, text: word });
  }
  return runs.flatMap(({ kind, text }) => [/^\s/.test(text) ? " " : "", node(kind < 0 ? "del" : kind > 0 ? "ins" : "span", text.trim())]);
}

export function node(name, text, kind) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// What is of the report, in a page of another language.
const english = (made) => Object.assign(made, { lang: "en" });

export class Track {
  constructor(article) {
    this.article = article;
    this.lists = [...article.querySelectorAll("ul.sentences[data-section]")];
    this.shown = null;
  }

  // Put a preview of the server on the page, beside the draft's own words.
  show(preview) {
    this.shown = preview;
    for (const old of this.article.querySelectorAll("li.made")) old.remove();
    for (const list of this.article.querySelectorAll(".sentence .notes, [data-notes]")) list.replaceChildren();
    if (Object.keys(preview.sections).length) for (const list of this.lists) this.section(list, preview.sections[list.dataset.section] || []);
    for (const note of preview.notes) this.note(note);
  }

  section(list, lines) {
    const kept = new Map(lines.filter((line) => line.of).map((line) => [line.of, line]));
    for (const item of list.querySelectorAll(".sentence[data-statement]")) this.sentence(item, kept.get(item.dataset.statement));
    let last = null;
    for (const line of lines) {
      if (line.of) last = list.querySelector(`[data-statement="${CSS.escape(line.of)}"]`) || last;
      else {
        const made = this.made(line);
        last ? last.after(made) : list.prepend(made);
        last = made;
      }
    }
  }

  sentence(item, line) {
    const track = item.querySelector(".track");
    if (!track) return;
    const gone = !line;
    const changed = line && line.text !== item.dataset.text;
    item.classList.toggle("gone", gone);
    track.hidden = !gone && !changed;
    track.replaceChildren(...(gone ? [node("del", item.dataset.text)] : changed ? tracked(item.dataset.text, line.text) : []));
    item.querySelector(".say").classList.toggle("replaced", gone || Boolean(changed));
  }

  made(line) {
    const made = node("li", "", "made");
    made.dataset.made = line.id;
    made.append(english(node("ins", line.text)), " ", node("span", gettext(ORIGINS[line.origin]), "tag edited"), node("ul", "", "notes"));
    return made;
  }

  note(note) {
    const home = note.statement_id && this.article.querySelector(`[data-statement="${CSS.escape(note.statement_id)}"] .notes, [data-made="${CSS.escape(note.statement_id)}"] .notes`);
    const line = node("li", "", "note");
    line.append(node("span", "⚠ ", "mark warn"), node("b", ABOUT[note.about] ? gettext(ABOUT[note.about]) : note.about), ": ", note.source === "review" ? node("span", note.message) : english(node("span", note.message)));
    (home || this.article.querySelector("[data-notes]"))?.append(line);
  }

  // What signing would change of the draft, as list items.
  changes() {
    if (!this.shown) return [];
    const found = [];
    for (const list of this.lists) {
      const lines = this.shown.sections[list.dataset.section] || [];
      const kept = new Map(lines.filter((line) => line.of).map((line) => [line.of, line]));
      for (const item of list.querySelectorAll(".sentence[data-statement]")) {
        const line = kept.get(item.dataset.statement);
        if (!line) found.push([english(node("del", item.dataset.text))]);
        else if (line.text !== item.dataset.text) found.push(tracked(item.dataset.text, line.text).map((part) => (part.nodeType ? english(part) : part)));
      }
      for (const line of lines) if (!line.of) found.push([english(node("ins", line.text)), ` (${gettext(ORIGINS[line.origin])})`]);
    }
    return found.map((parts) => {
      const line = node("li");
      line.append(...parts);
      return line;
    });
  }

  // The report as plain text: headings and the words as they are now.
  text() {
    const parts = this.lists.map((list) => {
      const said = this.shown?.sections[list.dataset.section]?.map((line) => line.text);
      const drafted = [...list.querySelectorAll(".sentence .say")].map((item) => item.textContent);
      const title = list.previousElementSibling.firstChild.textContent.trim();
      return [title.toUpperCase(), ...(said || drafted)].join("\n");
    });
    return `${parts.join("\n\n")}\n`;
  }
}
