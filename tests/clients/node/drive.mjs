// An import from login to logout, by whatever client is handed in; prints what it saw as one line of JSON.

import { readFileSync } from "node:fs";

// client: { login(user, password) -> token, call(method, endpoint, body) -> body, logout() }
export async function drive(client) {
  const [url, user, password] = process.argv.slice(2);
  const users = JSON.parse(readFileSync(0, "utf8"));
  const seen = { states: [] };
  seen.token = await client.login(url, user, password);
  seen.me = (await client.call("GET", "me")).username;
  await client.call("POST", "import.new", {});
  await client.call("POST", "import.addUsers", { users });
  seen.states.push((await client.call("GET", "import.status")).state);
  await client.call("POST", "import.run", {});
  for (let polls = 0; polls < 100 && seen.states.at(-1) !== "done"; polls += 1) {
    const status = await client.call("GET", "import.status");
    seen.states.push(status.state);
    seen.count = status.operation.count;
  }
  await client.logout();
  console.log(JSON.stringify(seen));
}
