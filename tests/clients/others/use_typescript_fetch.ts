// Use the client that openapi-generator's typescript-fetch generated: use_typescript_fetch URL TOKEN NAME PHOTO.
import { readFileSync } from "node:fs";
import { Configuration, DatasetsApi, SessionsApi, UploadsApi } from "./generated/index.js";
import { completed, print, put } from "./session.js";

const [url, token, name, file] = process.argv.slice(2) as [string, string, string, string];
const bytes = readFileSync(file);
const photo = (called: string) => new File([bytes], called, { type: "image/jpeg" });
const configuration = new Configuration({ basePath: url, accessToken: token });
const datasets = new DatasetsApi(configuration);
const sessions = new SessionsApi(configuration);

const images = [0, 1, 2].map((n) => photo(`p${n}.jpg`));
const created = await new UploadsApi(configuration).createDataset({ datasetName: name, imageS: images });
const id = created.datasetID;
const page = async (cursor?: string) => {
  const asked = { id, limit: 2, search: "P", sort: "-name" as const, ...(cursor ? { cursor } : {}) };
  return (await datasets.getDatasetDetails({ detailsRequest: asked })).result;
};
const first = await page();
const second = await page(first.nextCursor);
const csv = await datasets.downloadDataset({ downloadRequest: { datasetID: id } });
const announced = await sessions.announceFiles({
  announceRequest: { datasetID: id, files: [{ name: "s.jpg", size: bytes.length }] },
});
await put(announced.files, photo("s.jpg"));
const session = await completed(() => sessions.getSession({ uploadID: announced.uploadID }));

print(created.successUpload, [first.datasetDetilsRows, second.datasetDetilsRows], csv, session);
