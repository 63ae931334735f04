// The vendor's SDK as it is being rewritten: it wants to know from the login who has logged in.

import { createRequire } from "node:module";
import { drive } from "./drive.mjs";

const Api = createRequire(import.meta.url)("sdk-alpha/lib/api/api").default;
let api;

await drive({
  async login(host, user, password) {
    api = new Api({ host });
    return (await api.login({ user, password })).authToken;
  },
  call: (method, endpoint, body) => (method === "GET" ? api.get(endpoint, {}) : api.post(endpoint, body)),
  logout: () => api.logout(),
});
