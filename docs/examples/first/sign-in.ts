import { FileStore, PosternClient } from "@postern/client";

const baseUrl = process.env["POSTERN_API"] ?? "http://127.0.0.1:9000";
const inbox = `${process.env["POSTERN_CONSOLE"] ?? "http://127.0.0.1:9001"}/messages`;
const portal = new PosternClient({ baseUrl }).portal({ apiKey: "demo-portal-key" });
const patient = { email: "patient@example.com" };

await fetch(inbox, { method: "DELETE" });
await portal.sendCode(patient);
const session = await portal.verifyCode(await code(), new FileStore("session.json"), patient);
console.log(await session.me());

/** Your patients type it. On the local stack a program can read their mail. */
async function code(): Promise<string> {
  for (;;) {
    const [newest] = (await (await fetch(inbox)).json()) as { text: string }[];
    const found = newest?.text.match(/\b\d{6}\b/);
    if (found) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
