// AJV, as strict as it can be, with the schemas of the status, one after another on standard input.

import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

for (const schema of JSON.parse(readFileSync(0, "utf8"))) {
  new Ajv({ strict: true, strictTypes: true, strictRequired: true, formats: { "date-time": true } }).compile(schema);
}
