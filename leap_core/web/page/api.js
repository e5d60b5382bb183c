// Calls of the server: JSON in, JSON out.

/** An answer that is none of success. `status` 0: no answer at all. */
export class Refused extends Error {
  constructor(status, content) {
    super(content.error || `the server answered ${status}`);
    this.status = status;
    this.content = content;
  }
}

const PATIENCE = 20000; // ms; writing to a slow shared disk takes seconds at worst

export async function call(method, path, body) {
  const options = { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let answer, content;
  try {
    answer = await fetch(path, options);
    content = await answer.json();
  } catch {
    if (!answer || answer.ok) throw new Refused(0, { error: "the server does not answer" });
    content = {};
  }
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);
