// Node's own client, with connections that are kept.

import { Agent, request } from "node:http";
import { drive } from "./drive.mjs";

const agent = new Agent({ keepAlive: true });
let base = "";
let headers = {};

function call(method, endpoint, body) {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: { ...headers, "Content-Type": "application/json" } };
    const sent = request(`${base}/api/v1/${endpoint}`, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => { text += part; });
      answer.on("end", () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

await drive({
  async login(url, user, password) {
    base = url;
    const { data } = await call("POST", "login", { user, password });
    headers = { "X-User-Id": data.userId, "X-Auth-Token": data.authToken };
    return data.authToken;
  },
  call,
  logout: () => call("POST", "logout", {}),
});
agent.destroy();
