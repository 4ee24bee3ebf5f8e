// Moments are sent in UTC and shown in the time of the browser; a day other than today is named.
export function localTimes(part) {
  const today = new Date().toDateString();
  for (const place of part.querySelectorAll("time[datetime]")) {
    const at = new Date(place.dateTime);
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    const pad = (number) => String(number).padStart(2, "0");
    const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
    const words = at.toDateString() === today ? time : `${day} ${time}`;
    if (place.textContent !== words) place.textContent = words;
  }
}
