// The client that the vendor's own pages use. It is told who calls, and asks.

import { createRequire } from "node:module";
import { drive } from "./drive.mjs";

const { RestClient } = createRequire(import.meta.url)("@rocket.chat/api-client");
let client;

await drive({
  async login(baseUrl, user, password) {
    client = new RestClient({ baseUrl });
    const { data } = await client.post("/v1/login", { user, password });
    client.setCredentials({ "X-User-Id": data.userId, "X-Auth-Token": data.authToken });
    return data.authToken;
  },
  call: (method, endpoint, body) =>
    method === "GET" ? client.get(`/v1/${endpoint}`) : client.post(`/v1/${endpoint}`, body),
  logout: () => client.post("/v1/logout", {}),
});
