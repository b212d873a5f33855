import { FileStore, PosternClient } from "@postern/client";

const baseUrl = process.env["POSTERN_API"] ?? "http://127.0.0.1:9000";
const portal = new PosternClient({ baseUrl }).portal({ apiKey: "demo-portal-key" });
const session = portal.session(new FileStore("session.json"));

for (let count = 1; count <= 5; count += 1) {
  await session.refresh();
  console.log(`refreshed ${count} times`);
}
console.log((await session.me()).email, "is still signed in");
