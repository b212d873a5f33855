import createClient from "openapi-fetch";
import type { paths } from "./postern.js";

const baseUrl = process.env["POSTERN_API"] ?? "http://127.0.0.1:9000";
const inbox = `${process.env["POSTERN_CONSOLE"] ?? "http://127.0.0.1:9001"}/messages`;
const api = createClient<paths>({ baseUrl, headers: { "cv-api-key": "demo-portal-key" } });
const email = "patient@example.com";

await fetch(inbox, { method: "DELETE" });
await api.POST("/api/v1/users/auth/send-otp", { body: { email, channel: "EMAIL" } });
const { data, error } = await api.POST("/api/v1/users/auth/verify-otp", { body: { email, code: await code() } });
if (!data) throw new Error(JSON.stringify(error));
const me = await api.GET("/api/v1/users/me", { headers: { authorization: `Bearer ${data.accessToken}` } });
console.log(me.data);

/** Your patients type it. On the local stack a program can read their mail. */
async function code(): Promise<string> {
  for (;;) {
    const [newest] = (await (await fetch(inbox)).json()) as { text: string }[];
    const found = newest?.text.match(/\b\d{6}\b/);
    if (found) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
