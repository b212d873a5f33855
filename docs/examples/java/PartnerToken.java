// Verifies partners' tokens by the published keys, for programs without a JWT library.
// Java 17 or later, with Gson. Try it: echo "ORGANIZATION_ID TOKEN" | java -cp gson.jar PartnerToken.java

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

public final class PartnerToken {
    private static final Duration LEEWAY = Duration.ofSeconds(60);

    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why);
        }
    }

    /** The published keys, by their `kid`. */
    static final class Keys {
        private static final Duration LIFE = Duration.ofMinutes(5);
        private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final URI address;
        private final Duration cooldown;
        private Map<String, PublicKey> keys = Map.of();
        private String tag;
        private Instant fetched = Instant.MIN;

        Keys(URI address, Duration cooldown) {
            this.address = address;
            this.cooldown = cooldown;
        }

        synchronized PublicKey find(String kid) throws IOException, InterruptedException, Refused {
            // For an unknown key once a minute at most: anybody can invent one.
            Duration life = keys.containsKey(kid) ? LIFE : cooldown;
            if (fetched.equals(Instant.MIN) || Instant.now().isAfter(fetched.plus(life))) {
                fetch();
            }
            PublicKey key = keys.get(kid);
            if (key == null) {
                throw new Refused("unknown key");
            }
            return key;
        }

        private void fetch() throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(10));
            if (tag != null) {
                request.header("if-none-match", tag);
            }
            HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                keys = read(answer.body());
                tag = answer.headers().firstValue("etag").orElse(null);
            } else if (answer.statusCode() != 304) {
                throw new IOException("the keys: " + answer.statusCode());
            }
            fetched = Instant.now();
        }

        private static Map<String, PublicKey> read(String set) throws IOException {
            Map<String, PublicKey> found = new HashMap<>();
            try {
                for (JsonElement element : new Gson().fromJson(set, JsonObject.class).getAsJsonArray("keys")) {
                    JsonObject key = element.getAsJsonObject();
                    if (key.get("kty").getAsString().equals("RSA")) {
                        found.put(key.get("kid").getAsString(), KeyFactory.getInstance("RSA").generatePublic(
                            new RSAPublicKeySpec(number(key, "n"), number(key, "e"))));
                    }
                }
            } catch (GeneralSecurityException | RuntimeException unreadable) {
                throw new IOException("the keys can't be read", unreadable);
            }
            return found;
        }

        private static BigInteger number(JsonObject key, String name) {
            return new BigInteger(1, Base64.getUrlDecoder().decode(key.get(name).getAsString()));
        }
    }

    /** Returns the user in whose name the partner acts. An IOException says nothing of the token: answer 503. */
    static String verify(Keys keys, String token, String organization)
            throws IOException, InterruptedException, Refused {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new Refused("not a token");
        }
        try {
            JsonObject header = json(parts[0]);
            // We say which algorithm, not the token.
            if (!header.get("alg").getAsString().equals("RS256")) {
                throw new Refused("another algorithm");
            }
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(keys.find(header.get("kid").getAsString()));
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
                throw new Refused("wrong signature");
            }
            JsonObject claims = json(parts[1]);
            if (!claims.get("iss").getAsString().equals("postern")) {
                throw new Refused("another issuer");
            }
            if (!Instant.now().isBefore(Instant.ofEpochSecond(claims.get("exp").getAsLong()).plus(LEEWAY))) {
                throw new Refused("expired");
            }
            // There is no audience: the organization says for whom the token is.
            if (!claims.get("organization_id").getAsString().equals(organization)) {
                throw new Refused("another organization's");
            }
            for (JsonElement scope : claims.getAsJsonArray("scope")) {
                if (scope.getAsString().equals("create:patient")) {
                    return claims.get("user_id").getAsString();
                }
            }
            throw new Refused("no scope");
        } catch (GeneralSecurityException | RuntimeException malformed) {
            throw new Refused("malformed");
        }
    }

    private static JsonObject json(String part) throws JsonParseException {
        String text = new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
        return new Gson().fromJson(text, JsonObject.class);
    }

    public static void main(String[] arguments) throws Exception {
        String cooldown = System.getenv().getOrDefault("JWKS_COOLDOWN", "60");
        Keys keys = new Keys(
            URI.create(System.getenv("POSTERN_API") + "/.well-known/jwks.json"),
            Duration.ofSeconds(Long.parseLong(cooldown)));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", 2);
            try {
                System.out.println("ok " + verify(keys, words[1], words[0]));
            } catch (Refused refusal) {
                System.out.println("refused " + refusal.getMessage());
            }
        }
    }
}
