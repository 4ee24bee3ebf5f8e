// The worklist: filters act on the rows that are there and always say how many they hide.
export function mountWorklist(app) {
  const page = app.page;
  const rows = [...page.querySelectorAll("tr[data-case]")];
  const find = page.querySelector("#find");
  const flagged = page.querySelector("#flagged");
  const shown = page.querySelector("#shown");
  const kept = app.filters || { find: "", status: "", flagged: false };

  function filter() {
    const status = page.querySelector("input[name=status]:checked").value;
    app.filters = { find: find.value, status, flagged: flagged.checked };
    const words = find.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const fits =
        (!status || row.dataset.status === status) &&
        (!flagged.checked || row.dataset.flagged === "yes") &&
        (!words || row.textContent.toLowerCase().includes(words));
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown, the others are hidden by the filter`;
  }

  function click(event) {
    const row = event.target.closest("tr[data-case]");
    if (row) app.send("open_case", { case_id: row.dataset.case });
    if (event.target.closest("#add")) page.querySelector("#adding").toggleAttribute("hidden");
  }

  // The order travels in a header and the file as the body: nothing of a patient is in an address.
  async function add(event) {
    event.preventDefault();
    const file = page.querySelector("#files").files[0];
    const progress = page.querySelector("#progress");
    if (!file) {
      progress.textContent = "Choose a file first.";
      return;
    }
    const field = (name) => page.querySelector(name).value.trim() || null;
    const order = {
      accession_number: field("#accession"),
      indication: field("#indication"),
      priority: field("#priority"),
      suffix: file.name.slice(file.name.lastIndexOf(".")),
    };
    const bytes = new TextEncoder().encode(JSON.stringify(order));
    const headers = { "x-overread-order": btoa(String.fromCharCode(...bytes)) };
    progress.textContent = "Sending and checking the file …";
    try {
      const answer = await fetch("/cases/new", { method: "POST", body: file, headers, credentials: "same-origin" });
      if (answer.status === 413) throw new Error("The file is larger than the limit of this installation.");
      if (!answer.ok) throw new Error(`The server did not take it (${answer.status}).`);
      const told = await answer.json();
      if (told.case_id) app.send("open_case", { case_id: told.case_id });
      else progress.textContent = `Refused (${told.refusal.replaceAll("_", " ")}): ${told.detail}. ${told.next_step}`;
    } catch (error) {
      progress.textContent = error.message;
    }
  }

  function keys(event) {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("input,select")) return;
    const buttons = rows.filter((row) => !row.hidden).map((row) => row.querySelector("button.open"));
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[Math.max(0, Math.min(buttons.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))];
    next?.focus();
    event.preventDefault();
  }

  find.value = kept.find;
  flagged.checked = kept.flagged;
  const chosen = page.querySelector(`input[name=status][value="${kept.status}"]`);
  if (chosen) chosen.checked = true;
  page.querySelector(".filters").addEventListener("input", filter);
  page.querySelector("#adding").addEventListener("submit", add);
  page.addEventListener("click", click);
  document.addEventListener("keydown", keys);
  filter();
  return {
    settle() {},
    busy: () => page.querySelector("#adding") && !page.querySelector("#adding").hidden,
    dispose() {
      page.removeEventListener("click", click);
      document.removeEventListener("keydown", keys);
    },
  };
}
