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

/** Starts a browser, hands it to `test`, and ends it. */
export async function browse(args, test) {
  const profile = await mkdtemp(join(tmpdir(), 'postern-console-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', ...args,
    ],
    viewport: { width: 1280, height: 900 },
  });
  browser.setDefaultTimeout(10_000);
  try {
    await test(browser);
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Opens a page of the console, and hands it to `test`; the browser has no more `complaints` than these. */
export async function open(path, test, complaints = []) {
  await browse([], async (browser) => {
    const page = await browser.newPage();
    const faults = [];
    const strangers = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
    page.on('request', (request) => request.url().startsWith(`${url}/`) || strangers.push(request.url()));
    await page.goto(url + path);
    await test(page);
    assert.deepEqual(faults, complaints, 'the browser has nothing else to complain about');
    assert.deepEqual(strangers, [], 'everything comes from the console');
  });
}

/** Judges the page as it stands in light, in dark and 320 pixels wide, and leaves a picture of each. */
export async function looksWell(page, name, viewer) {
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
    await isAccessible(page, `${name}, ${look}`, viewer);
  }
}

/**
 * Width, landmarks, labels, names, headings, contrast: axe's rules, its advice included. Inside a third party's
 * `viewer.within`, the rules that `viewer.breaks` names are not judged; `viewer.broken` gathers those that it did break.
 */
export async function isAccessible(page, name, viewer = { within: '#none', breaks: {}, broken: new Set() }) {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${name}: ${wide} px wide where there are ${room}`);
  await page.evaluate(axe);
  const { faults, passes } = await page.evaluate(async (within) => {
    const { violations, passes } = await globalThis.axe.run({ elementRef: true });
    const fault = (id) => ({ element, target, failureSummary }) => ({
      id, text: `${id} at ${target}: ${failureSummary}`, isViewers: element.closest(within) !== null,
    });
    return { faults: violations.flatMap(({ id, nodes }) => nodes.map(fault(id))), passes: passes.map(({ id }) => id) };
  }, viewer.within);
  const isKnown = ({ id, isViewers }) => isViewers && id in viewer.breaks;
  faults.filter(isKnown).forEach(({ id }) => viewer.broken.add(id));
  assert.deepEqual(faults.filter((fault) => !isKnown(fault)).map(({ text }) => text), [], name);
  assert.ok(passes.includes('color-contrast'), `${name}: contrast was judged`);
}
