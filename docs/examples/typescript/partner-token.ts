// Verifies partners' tokens by the published keys. Node 20 or later, with jose 6 (npm install jose).
// Try it: echo "ORGANIZATION_ID TOKEN" | node partner-token.js
import { createInterface } from "node:readline";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const keys = createRemoteJWKSet(new URL(`${process.env.POSTERN_API}/.well-known/jwks.json`), {
  cacheMaxAge: 300_000, // looks again after five minutes
  cooldownDuration: Number(process.env.JWKS_COOLDOWN ?? 60) * 1000, // for an unknown key, once a minute at most
});

/** Returns the user in whose name the partner acts. */
async function verify(token: string, organization: string): Promise<string> {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ["RS256"],
    issuer: "postern",
    requiredClaims: ["exp", "user_id"],
    clockTolerance: 60,
  });
  // There is no audience: the organization says for whom the token is.
  if (payload.organization_id !== organization) throw new errors.JWTInvalid("another organization's");
  const scope = payload.scope;
  if (!Array.isArray(scope) || !scope.includes("create:patient")) throw new errors.JWTInvalid("no scope");
  return String(payload.user_id);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [organization = "", token = ""] = line.split(" ");
  try {
    console.log(`ok ${await verify(token, organization)}`);
  } catch (error) {
    // Keys that can't be fetched say nothing of the token: answer 503. jose throws fetch's own error then,
    // JWKSTimeout, or for another status than 200 a plain JOSEError.
    const unavailable = ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"];
    if (!(error instanceof errors.JOSEError) || unavailable.includes(error.code)) throw error;
    console.log(`refused ${error.code}`);
  }
}
