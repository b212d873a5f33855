// The README's examples, compiled and run as printed but for the address.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { api, code, folder, variable } from "./stack.js";

test("the README's examples run", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block);
  assert.equal(blocks.length, 6);
  // Within the package, so that its own name leads to it.
  const place = fileURLToPath(new URL("readme", import.meta.url));
  await mkdir(place, { recursive: true });
  await writeFile(`${place}/readme.ts`, blocks.join("\n").replace("http://127.0.0.1:9000", api));
  const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
  const project = { extends: "../../tsconfig.json", compilerOptions: { rootDir: ".", outDir: ".", declaration: false }, files: ["readme.ts"], include: [] };
  await writeFile(`${place}/tsconfig.json`, JSON.stringify(project));
  await promisify(execFile)(tsc, ["--project", place]);

  await fetch(`${variable("POSTERN_CONSOLE")}/messages`, { method: "DELETE" });
  const child = spawn(process.execPath, [`${place}/readme.js`], { cwd: await folder(), stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  let printed = "";
  let isAsked = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    if (isAsked || !printed.includes("Code: ")) return;
    isAsked = true;
    void code("patient@example.com").then((digits) => child.stdin.write(`${digits}\n`));
  });
  assert.deepEqual(await closed, [0, null]);
  const lines = printed.replace(/^Code: \d*\n?/, "").trim().split("\n");
  assert.deepEqual([lines[0], lines[2]], ["patient", "demo-partner"]);
  assert.match(lines[3] ?? "", /^demo \d{4}-/);
  assert.ok(printed.includes("MCI Admin") && !/again|new code|Check/.test(printed), printed);
});
