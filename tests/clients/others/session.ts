// What is the same for both clients: putting announced files, and waiting until a session is complete.
interface PutRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
}
interface Progress {
  complete: boolean;
  stored: number;
  rejected: number;
}

export async function put(requests: PutRequest[], photo: Blob): Promise<void> {
  for (const request of requests) {
    const { "Content-Length": _, ...headers } = request.headers; // fetch sets it by itself
    const reply = await fetch(request.url, { method: request.method, headers, body: photo });
    if (!reply.ok) throw new Error(await reply.text());
  }
}

export async function completed<T extends Progress>(ask: () => Promise<T>): Promise<Omit<Progress, "complete">> {
  const end = Date.now() + 60_000;
  for (;;) {
    const { complete, stored, rejected } = await ask();
    if (complete) return { stored, rejected };
    if (Date.now() > end) throw new Error(`after a minute: ${stored} stored, ${rejected} rejected`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export function print(created: string, pages: { name: string }[][], csv: string, session: object): void {
  const names = pages.map((rows) => rows.map((row) => row.name));
  console.log(JSON.stringify({ created, pages: names, csv: csv.trimEnd().split("\n"), session }));
}
