// A page of the console in headless Chromium, and what holds of each: nothing from elsewhere, no error, accessible.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const local = new URL('../../.local/', import.meta.url);
const installed = createRequire(new URL('playwright/', local));
const { chromium } = installed('playwright-core');
const axe = await readFile(installed.resolve('axe-core/axe.min.js'), 'utf8');

/** The console's address. */
export const url = process.env.POSTERN_CONSOLE;

/** Opens a page, hands it to `test`, and ends the browser. */
export async function open(path, test) {
  const profile = await mkdtemp(join(tmpdir(), 'postern-console-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
    viewport: { width: 1280, height: 900 },
  });
  browser.setDefaultTimeout(10_000);
  try {
    const page = await browser.newPage();
    const faults = [];
    const strangers = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
    page.on('request', (request) => request.url().startsWith(`${url}/`) || strangers.push(request.url()));
    await page.goto(url + path);
    await test(page);
    assert.deepEqual(faults, [], 'the browser has nothing to complain about');
    assert.deepEqual(strangers, [], 'everything comes from the console');
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Judges the page as it stands in light, in dark and 320 pixels wide, and leaves a picture of each. */
export async function looksWell(page, name) {
  const looks = [['light', 'light', 1280], ['dark', 'dark', 1280], ['320px', 'light', 320], ['320px-dark', 'dark', 320]];
  for (const [look, colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: width === 320 ? 640 : 900 });
    await page.evaluate(() => scrollTo(0, 0));
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.screenshot({
      path: fileURLToPath(new URL(`console-${name}-${look}.png`, local)),
      fullPage: true,
      clip: { x: 0, y: 0, width, height: Math.min(height, 8000) },
    });
    await isAccessible(page, `${name}, ${look}`);
  }
}

/** Width, landmarks, labels, names, headings, contrast: axe's rules, its advice included. */
export async function isAccessible(page, name) {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${name}: ${wide} px wide where there are ${room}`);
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
  assert.deepEqual(found, [], name);
  assert.ok(passes.some(({ id }) => id === 'color-contrast'), `${name}: contrast was judged`);
}
