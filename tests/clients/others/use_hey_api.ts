// Use the client that @hey-api/openapi-ts generated: use_hey_api URL TOKEN NAME PHOTO.
import { readFileSync } from "node:fs";
import { announceFiles, createDataset, downloadDataset, getDatasetDetails, getSession } from "./generated/index.js";
import { client } from "./generated/client.gen.js";
import { completed, print, put } from "./session.js";

const [url, token, name, file] = process.argv.slice(2) as [string, string, string, string];
const bytes = readFileSync(file);
const photo = (called: string) => new File([bytes], called, { type: "image/jpeg" });
client.setConfig({ baseUrl: url, auth: token, throwOnError: true });

const images = [0, 1, 2].map((n) => photo(`p${n}.jpg`));
const created = (
  await createDataset({ body: { "Dataset Name": name, "Image(s)": images }, throwOnError: true })
).data;
const id = created.datasetID;
const page = async (cursor?: string) => {
  const asked = { id, limit: 2, search: "P", sort: "-name" as const, ...(cursor ? { cursor } : {}) };
  return (await getDatasetDetails({ body: asked, throwOnError: true })).data.result;
};
const first = await page();
const second = await page(first.nextCursor);
const csv = (
  await downloadDataset({ body: { datasetID: id }, parseAs: "text", throwOnError: true })
).data;
const announced = (
  await announceFiles({ body: { datasetID: id, files: [{ name: "s.jpg", size: bytes.length }] }, throwOnError: true })
).data;
await put(announced.files, photo("s.jpg"));
const path = { uploadID: announced.uploadID };
const session = await completed(async () => (await getSession({ path, throwOnError: true })).data);

print(created.successUpload, [first.datasetDetilsRows, second.datasetDetilsRows], csv, session);
