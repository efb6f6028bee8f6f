// Cuts GitHub's OpenAPI description down to the requests that pr-automation makes and the components they refer to, so that a
// server for it starts in seconds: node cut.mjs api.github.com.json cut.json
//
// Objects in request bodies take no further fields in the cut: a misspelt optional field is then refused, too.

import { readFileSync, writeFileSync } from "node:fs";

const USED = {
  "/repos/{owner}/{repo}/issues": ["get", "post"],
  "/repos/{owner}/{repo}/issues/{issue_number}": ["patch"],
  "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["patch"],
  "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
  "/repos/{owner}/{repo}/check-runs": ["post"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}": ["get", "patch"],
  "/repos/{owner}/{repo}/pulls": ["get"],
  "/user": ["get"],
};

const [source, target] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(source, "utf8"));
const cut = { openapi: whole.openapi, info: whole.info, paths: {}, components: {} };

function strict(schema) {
  if (schema?.type === "object" && schema.properties) {
    schema.additionalProperties = false;
    Object.values(schema.properties).forEach(strict);
  }
  if (schema?.items) strict(schema.items);
}

for (const [path, methods] of Object.entries(USED)) {
  cut.paths[path] = {};
  for (const method of methods) {
    const operation = whole.paths[path]?.[method];
    if (!operation) throw new Error(`GitHub describes no ${method} ${path}`);
    strict(operation.requestBody?.content["application/json"].schema);
    cut.paths[path][method] = operation;
  }
}

function keep(value) {
  if (typeof value !== "object" || value === null) return;
  if (typeof value.$ref === "string") {
    const [, , kind, name] = value.$ref.split("/");
    cut.components[kind] ??= {};
    if (!(name in cut.components[kind])) {
      cut.components[kind][name] = whole.components[kind][name];
      keep(whole.components[kind][name]);
    }
  }
  Object.values(value).forEach(keep);
}

keep(cut.paths);
writeFileSync(target, JSON.stringify(cut));
