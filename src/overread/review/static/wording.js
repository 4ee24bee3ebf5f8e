// What the scripts say, in the language that the server speaks: its one catalogue, asked for once and when it changes.
// A table that is made when a script is loaded holds what is said in English, marked by gettext_noop, and says it later.
let spoken = { language: "en", messages: {}, forms: [] };

export async function learn() {
  const answer = await fetch("/words", { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  spoken = await answer.json();
  document.documentElement.lang = spoken.language;
}

export const gettext_noop = (message) => message;

export function gettext(message, values = {}) {
  return filled(spoken.messages[message] || message, values);
}

export function ngettext(one, many, count, values = {}) {
  const forms = spoken.messages[one];
  const form = Array.isArray(forms) ? forms[spoken.forms[count < spoken.forms.length ? count : 100 + (count % 100)]] : null;
  return filled(form || (count === 1 ? one : many), { count, ...values });
}

// A figure with that many decimals and the decimal sign of the language.
export function number(value, digits = 0) {
  if (spoken.language === "en") return value.toFixed(digits);
  return new Intl.NumberFormat(spoken.language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }).format(value);
}

// A figure with the decimals that it has.
export const figure = (value) => (spoken.language === "en" ? String(value) : new Intl.NumberFormat(spoken.language, { useGrouping: false }).format(value));

// A day: ISO 8601 in English, else with all its figures as the language orders them.
export function day(at) {
  const pad = (part) => String(part).padStart(2, "0");
  if (spoken.language === "en") return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return at.toLocaleDateString(spoken.language, { year: "numeric", month: "2-digit", day: "2-digit" });
}

const filled = (message, values) => message.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));

await learn();
