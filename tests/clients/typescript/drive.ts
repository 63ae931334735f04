// An import by a client whose types were made from the document: compiled, and then run.

import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [url = ""] = process.argv.slice(2);
const users: components["schemas"]["NewUser"][] = JSON.parse(readFileSync(0, "utf8"));
const stranger = createClient<paths>({ baseUrl: url });
const entered = await stranger.POST("/api/v1/login", { body: { user: "boss", password: "pw" } });
if (entered.data === undefined) throw new Error("nobody may enter");
const { userId, authToken } = entered.data.data;
const chat = createClient<paths>({ baseUrl: url, headers: { "X-User-Id": userId, "X-Auth-Token": authToken } });

await chat.POST("/api/v1/import.new");
await chat.POST("/api/v1/import.addUsers", { body: { users } });
let { data: status } = await chat.GET("/api/v1/import.status");
const states: (components["schemas"]["ImportState"] | undefined)[] = [status?.state];
await chat.POST("/api/v1/import.run");
for (let polls = 0; polls < 100 && status?.state !== "done"; polls += 1) {
  ({ data: status } = await chat.GET("/api/v1/import.status"));
  states.push(status?.state);
}
const total: number | undefined = status?.operation?.count?.total;
if (total === undefined) throw new Error("there are no counters");
console.log(JSON.stringify({ states, count: status?.operation?.count }));
