// The moment of printing stands on the paper, by this computer's clock and with its zone.
addEventListener("beforeprint", () => {
  const now = new Date();
  const pad = (number) => String(number).padStart(2, "0");
  const spoken = document.documentElement.lang || "en";
  const day = spoken.startsWith("en") ? `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}` : now.toLocaleDateString(spoken, { year: "numeric", month: "2-digit", day: "2-digit" });
  const zone = now.toLocaleTimeString("en", { timeZoneName: "short" }).split(" ").pop();
  for (const place of document.querySelectorAll("[data-printed]"))
    place.textContent = `${day} ${pad(now.getHours())}:${pad(now.getMinutes())} ${zone}`;
});
