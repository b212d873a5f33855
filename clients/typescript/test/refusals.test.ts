import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as kit from "@postern/client";
import { MemoryStore, PosternClient, RefusalError } from "@postern/client";

interface Row {
  surface: kit.Surface;
  status: number;
  body: { code?: string };
  class: string;
}

/** A call of each surface. */
const CALLS: Record<kit.Surface, (postern: PosternClient) => Promise<unknown>> = {
  portal: (postern) => postern.portal({ apiKey: "k" }).verifyCode("123456", new MemoryStore(), { email: "a@example.com" }),
  partner: (postern) => postern.partner({ partnerId: "p", partnerSecret: "s" }).token({ organizationId: "o", organizationSecret: "s", userId: "u" }),
  password: (postern) => postern.password({ organizationId: "o" }).login("a", "b"),
  sso: (postern) => postern.sso({ clientId: "1", clientToken: "t" }).user("token"),
};

// The list is made of both: tests/docs/kits.py.
test("each refusal of the description has the class that the page of errors names", async () => {
  const rows = JSON.parse(await readFile(new URL("../../refusals.json", import.meta.url), "utf8")) as Row[];
  const named = new Set(["RefusalError", "SessionEndedError"]);
  for (const row of rows) {
    const answer = () => Promise.resolve(new Response(JSON.stringify(row.body), { status: row.status }));
    const postern = new PosternClient({ baseUrl: "https://api.example", tries: 1, fetch: answer });
    await assert.rejects(CALLS[row.surface](postern), (error) => {
      assert.ok(error instanceof RefusalError);
      assert.equal(error.name, row.class, JSON.stringify(row));
      assert.ok(error.text);
      assert.equal(error.code, row.surface === "portal" ? row.body.code : undefined);
      return true;
    });
    named.add(row.class);
  }
  const kinds = Object.entries(kit).filter(([, kind]) => kind === RefusalError || (kind as { prototype?: object }).prototype instanceof RefusalError);
  assert.deepEqual(kinds.map(([name]) => name).sort(), [...named].sort());
});
