// Light or dark, kept in this browser as one word, and the language, kept as a cookie that the server reads. A classic
// script, so that it runs before anything is drawn.
(() => {
  const PLACE = "overread.theme";
  const CHOICES = ["dark", "light", "system"];
  const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=range]),textarea,select";
  const bright = matchMedia("(prefers-color-scheme: light)");
  const root = document.documentElement;
  // Where a browser keeps nothing, the choice lasts as long as the page.
  let kept = null;

  function chosen() {
    try {
      kept = localStorage.getItem(PLACE) || kept;
    } catch {}
    return CHOICES.includes(kept) ? kept : "dark";
  }

  function show() {
    const choice = chosen();
    root.dataset.choice = choice;
    root.dataset.theme = choice === "system" ? (bright.matches ? "light" : "dark") : choice;
  }

  function next() {
    kept = CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length];
    try {
      localStorage.setItem(PLACE, kept);
    } catch {}
    show();
  }

  document.addEventListener("click", (event) => event.target.closest("[data-choose-theme]") && next());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "w" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!event.target.matches?.(TYPING)) next();
  });
  // A page that can change its words by itself says so; any other is asked for anew.
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-choose-language]")) return;
    document.cookie = `overread_language=${event.target.value}; path=/; max-age=31536000; samesite=strict`;
    if (document.dispatchEvent(new Event("language-chosen", { cancelable: true }))) location.reload();
  });
  bright.addEventListener("change", show);
  // Another tab of this browser changed it.
  addEventListener("storage", (event) => event.key === PLACE && show());
  show();
})();
