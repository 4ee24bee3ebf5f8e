// One small request of an open page; what is wrong comes back as `error`, in one line.
import { gettext, gettext_noop } from "./wording.js";
const UNKNOWN = { 401: gettext_noop("You are not logged in any more; open the page again."), 404: gettext_noop("There is nothing here.") };

export async function call(name, data) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(data);
  const answer = await fetch(`/call/${name}`, { method: "POST", body, headers, credentials: "same-origin" }).catch(() => null);
  if (!answer) return { error: gettext("No answer from the server. Nothing was lost on this page; try again in a moment.") };
  if (answer.headers.get("content-type")?.startsWith("application/json")) {
    const told = await answer.json();
    return answer.ok ? told : { status: answer.status, error: told.error || told.detail || untaken(answer) };
  }
  return { error: UNKNOWN[answer.status] ? gettext(UNKNOWN[answer.status]) : untaken(answer) };
}

const untaken = (answer) => gettext("The server did not take it ({status}).", { status: answer.status });
