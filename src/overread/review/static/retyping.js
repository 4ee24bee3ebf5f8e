// What somebody has typed into a page, taken over into the same page drawn anew in another language. It is held in
// memory alone, for as long as that takes.
const FIELDS = "input:not([type=file]):not([type=hidden]):not([type=password]),textarea,select:not([data-choose-language]),details";
// The viewer begins anew: what is set there is about a picture that is loaded first.
const fieldsOf = (root) => [...root.querySelectorAll(FIELDS)].filter((field) => !field.closest(".viewing"));
const NAMED = ["alert", "statement", "change", "conflict"];

// Where an element stands: below the next thing that has a name of its own, as the how-manieth of its kind.
function placeOf(element, root) {
  const steps = [];
  for (let at = element; at !== root; at = at.parentElement) {
    const name = at.id || NAMED.map((kind) => at.dataset[kind]).find(Boolean);
    if (name) return [...steps, name].join(" ");
    steps.push(`${at.tagName}${[...at.parentElement.children].filter((other) => other.tagName === at.tagName).indexOf(at)}`);
  }
  return steps.join(" ");
}

export function typedOn(root) {
  return new Map(fieldsOf(root).map((field) => [placeOf(field, root), [field.value, field.checked, field.open]]));
}

export function retype(root, typed) {
  for (const field of fieldsOf(root)) {
    const [value, checked, open] = typed.get(placeOf(field, root)) || [];
    if (field.open !== open && open !== undefined) field.open = open;
    const asWas = field.value === value && field.checked === checked;
    if (value === undefined || asWas) continue;
    [field.value, field.checked] = [value, checked];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
