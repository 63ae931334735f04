// The vendor's SDK as most have it: it logs out with GET, and says nothing where that fails.

import { createRequire } from "node:module";
import { drive } from "./drive.mjs";

// its address is read once, when it is loaded
process.env.ROCKETCHAT_URL = process.argv[2];
const require = createRequire(import.meta.url);
const api = require("@rocket.chat/sdk/dist/lib/api");
require("@rocket.chat/sdk/dist/lib/log").silence();

await drive({
  login: async (url, username, password) => (await api.login({ username, password })).data.authToken,
  call: (method, endpoint, body) => (method === "GET" ? api.get(endpoint) : api.post(endpoint, body)),
  logout: api.logout,
});
