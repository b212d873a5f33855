// Compiled and run in an empty project that has installed the package: scripts/test-kit-typescript.sh.
import { MemoryStore, PosternClient, RefreshInvalidError, type PortalSession, type SessionStore } from "@postern/client";

declare const process: { env: Record<string, string | undefined> };

const postern = new PosternClient({ baseUrl: process.env["POSTERN_API"] ?? "" });
const store: SessionStore = new MemoryStore();
const session: PortalSession = postern.portal({ apiKey: "demo-portal-key" }).session(store);
await store.save({ accessToken: "a", refreshToken: "b", askedAt: 0, expiresIn: 900 });
const refused: unknown = await session.refresh().catch((error: unknown) => error);
if (!(refused instanceof RefreshInvalidError)) throw new Error("the stack should have refused the token");

const connection = {
  organizationId: "11111111-1111-4111-8111-111111111111",
  organizationSecret: "demo-organization-secret",
  userId: "33333333-3333-4333-8333-333333333333",
  scope: ["create:patient"],
};
const { accessToken } = await postern.partner({ partnerId: "demo-partner", partnerSecret: "demo-partner-secret" }).token(connection);
const claims = await postern.tokenVerifier().verify(accessToken, { organizationId: connection.organizationId });
if (claims.userId !== connection.userId) throw new Error("the token is another user's");
