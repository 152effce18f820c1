// Use the types that openapi-typescript generated: use_openapi_fetch URL TOKEN NAME PHOTO.
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [url, token, name, file] = process.argv.slice(2) as [string, string, string, string];
const photo = new Blob([readFileSync(file)], { type: "image/jpeg" });
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: token } });

function given<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const created = given(
  await client.POST("/nebula/backend/dataset/create", {
    body: { "Dataset Name": name, "Image(s)": ["p0.jpg", "p1.jpg", "p2.jpg"] },
    bodySerializer(body) {
      const form = new FormData();
      form.append("Dataset Name", body["Dataset Name"]);
      for (const image of body["Image(s)"]) form.append("Image(s)", photo, image);
      return form;
    },
  }),
);
const id = created.datasetID;
const asked = { id, limit: 2, search: "P", sort: "-name" } as const;
const first = given(await client.POST("/nebula/backend/dataset/details", { body: asked })).result;
const second = given(
  await client.POST("/nebula/backend/dataset/details", {
    body: first.nextCursor === undefined ? asked : { ...asked, cursor: first.nextCursor },
  }),
).result;
const csv: string = given(
  await client.POST("/nebula/backend/dataset/download", { body: { datasetID: id }, parseAs: "text" }),
);

const announced = given(
  await client.POST("/nebula/backend/dataset/uploads", {
    body: { datasetID: id, files: [{ name: "s.jpg", size: photo.size }] },
  }),
);
for (const request of announced.files) {
  const { "Content-Length": _, ...headers } = request.headers; // fetch sets it by itself
  const reply = await fetch(request.url, { method: request.method, headers, body: photo });
  if (!reply.ok) throw new Error(await reply.text());
}
const end = Date.now() + 60_000;
const path = { uploadID: announced.uploadID };
const ask = async () =>
  given(await client.GET("/nebula/backend/dataset/uploads/{uploadID}", { params: { path } }));
let state = await ask();
while (!state.complete) {
  if (Date.now() > end) throw new Error(JSON.stringify(state));
  await new Promise((done) => setTimeout(done, 100));
  state = await ask();
}

console.log(
  JSON.stringify({
    created: created.successUpload,
    pages: [first, second].map((page) => page.datasetDetilsRows.map((row) => row.name)),
    csv: csv.trimEnd().split("\n"),
    session: { stored: state.stored, rejected: state.rejected },
  }),
);
