// Ask Lighthouse about pages of a running `postarchive serve`, as a desktop and as a phone, in one browser.
//
//     npm install --prefix /tmp/lighthouse lighthouse puppeteer-core     # once; 12 is the newest for Node.js 20
//     NODE_PATH=/tmp/lighthouse/node_modules node tools/lighthouse.mjs http://127.0.0.1:8001 / /-/stamps /-/search?q=mail
//
// The pages' policy forbids scripts, those of Lighthouse too: the browser is told to leave the policy out.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const installed = createRequire(import.meta.url);
const load = (name) => import(pathToFileURL(installed.resolve(name)));
const { default: puppeteer } = await load("puppeteer-core");
const { default: lighthouse, desktopConfig } = await load("lighthouse");

const [server, ...paths] = process.argv.slice(2);
const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"];
const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...quiet, ...root] });
const asked = { onlyCategories: ["accessibility", "best-practices"], throttlingMethod: "provided", disableFullPageScreenshot: true };

let worst = 1;
for (const path of paths) {
  for (const [screen, config] of [["desktop", desktopConfig], ["phone", undefined]]) {
    const page = await browser.newPage();
    await page.setBypassCSP(true);
    const { lhr } = await lighthouse(server + path, { ...asked, logLevel: "error" }, config, page);
    const scores = Object.values(lhr.categories).map(({ id, score }) => `${id} ${Math.round(100 * score)}`);
    const failed = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 1);
    console.log([path, screen, ...scores, ...failed.map(({ id }) => id)].join("  "));
    worst = Math.min(worst, ...Object.values(lhr.categories).map(({ score }) => score));
    await page.close();
  }
}
await browser.close();
process.exit(worst < 1 ? 1 : 0);
