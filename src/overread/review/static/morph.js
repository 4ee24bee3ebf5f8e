// Makes a part of the page like another with as few changes as can be: what stays the same keeps focus and selection.
// Children with a `data-key` are found again by it; what has `data-own` is filled by the page itself and left alone.
export function morph(into, from) {
  const wanted = [...from.childNodes];
  const keys = new Set(wanted.map(keyOf).filter(Boolean));
  for (const node of [...into.children]) if (keyOf(node) && !keys.has(keyOf(node))) node.remove();
  const there = new Map([...into.children].filter(keyOf).map((node) => [keyOf(node), node]));
  let at = into.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    const node = key ? there.get(key) : at && !keyOf(at) && at.nodeName === next.nodeName ? at : null;
    if (!node) {
      into.insertBefore(next, at);
      continue;
    }
    if (node === at) at = at.nextSibling;
    else into.insertBefore(node, at);
    if (node.nodeType !== Node.ELEMENT_NODE) {
      if (node.nodeValue !== next.nodeValue) node.nodeValue = next.nodeValue;
    } else if ("own" in node.dataset) {
      if (next.dateTime) node.dateTime = next.dateTime;
    } else {
      attributes(node, next);
      morph(node, next);
    }
  }
  while (at) {
    const rest = at.nextSibling;
    at.remove();
    at = rest;
  }
}

const keyOf = (node) => node.dataset?.key;

function attributes(node, wanted) {
  for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
