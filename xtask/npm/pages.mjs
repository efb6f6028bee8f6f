// Opens pages from disk in a real browser, with the network off, and prints what is wrong with them.
//
// usage: node pages.mjs CHROMIUM SCREENSHOTS PAGE... ; each PAGE is FILE or FILE=TEXT, where TEXT must be seen as text.
// Exit 1 with one line for each finding: a console error, a request, an accessibility violation, a page wider than its
// window, a text that is not shown. Screenshots are kept, to be looked at.

import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const axe = require('axe-core');

const [executablePath, screenshots, ...pages] = process.argv.slice(2);
if (pages.length === 0) {
  console.error('no page was named');
  process.exit(2);
}
mkdirSync(screenshots, { recursive: true });

const findings = [];
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
let looked = 0;
for (const named of pages) {
  const [file, ...texts] = named.split('=');
  const address = pathToFileURL(path.resolve(file)).href;
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      const what = `${path.basename(path.dirname(file))}/${path.basename(file)} (${width} px, ${colorScheme})`;
      const find = (text) => findings.push(`${what}: ${text}`);
      const context = await browser.newContext({ offline: true, colorScheme, viewport: { width, height: 900 } });
      const page = await context.newPage();
      page.on('console', (message) => ['error', 'warning'].includes(message.type()) && find(`console: ${message.text()}`));
      page.on('pageerror', (error) => find(`script: ${error}`));
      page.on('dialog', (dialog) => (find(`dialog: ${dialog.message()}`), dialog.dismiss()));
      page.on('request', (request) => request.url() !== address && find(`request: ${request.url().slice(0, 200)}`));
      await page.goto(address);
      await page.screenshot({ path: path.join(screenshots, `${path.basename(path.dirname(file))}-${path.basename(file, '.html')}-${width}-${colorScheme}.png`) });
      // What is folded is looked at, too.
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      const { scroll, inner } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, inner: innerWidth }));
      if (scroll > inner) find(`the page is ${scroll} px wide`);
      const shown = await page.evaluate(() => document.body.innerText);
      for (const text of texts) if (!shown.includes(text)) find(`does not show ${JSON.stringify(text)}`);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document));
      for (const { id, help, nodes } of violations) {
        find(`${id}: ${help}: ${nodes.length} times, first ${nodes[0].html.slice(0, 160)}`);
      }
      await page.screenshot({ path: path.join(screenshots, `${path.basename(path.dirname(file))}-${path.basename(file, '.html')}-${width}-${colorScheme}-open.png`), fullPage: scroll * 20000 > 0 && (await page.evaluate(() => document.documentElement.scrollHeight)) < 16000 });
      await context.close();
      looked += 1;
    }
  }
}
await browser.close();
for (const finding of findings) console.log(finding);
console.log(`${looked} views of ${pages.length} pages, ${findings.length} findings`);
process.exit(findings.length === 0 ? 0 : 1);
