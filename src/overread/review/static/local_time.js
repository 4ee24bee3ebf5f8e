// Moments are sent in UTC and shown in the time of the browser; a day other than today is named.
import { day } from "./wording.js";
export function localTimes(part) {
  const today = new Date().toDateString();
  for (const place of part.querySelectorAll("time[datetime]")) {
    const at = new Date(place.dateTime);
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    const words = at.toDateString() === today ? time : `${day(at)} ${time}`;
    if (place.textContent !== words) place.textContent = words;
  }
}
