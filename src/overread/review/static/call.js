// One small request of an open page; what is wrong comes back as `error`, in one line.
const UNKNOWN = { 401: "You are not logged in any more; open the page again.", 404: "There is nothing here." };

export async function call(name, data) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(data);
  const answer = await fetch(`/call/${name}`, { method: "POST", body, headers, credentials: "same-origin" }).catch(() => null);
  if (!answer) return { error: "No answer from the server. Nothing was lost on this page; try again in a moment." };
  if (answer.headers.get("content-type")?.startsWith("application/json")) {
    const told = await answer.json();
    return answer.ok ? told : { status: answer.status, error: told.error || told.detail || `The server did not take it (${answer.status}).` };
  }
  return { error: UNKNOWN[answer.status] || `The server did not take it (${answer.status}).` };
}
