// A worker that fetches stored values and unpacks them: it is sent an address, and answers with them or with null.
import { unpack } from "./unpacked.js";

async function fetched(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
    return answer.ok ? unpack(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

self.onmessage = async ({ data }) => {
  const found = await fetched(data);
  self.postMessage(found, found ? [found.codes.buffer, found.counts.buffer] : []);
};
