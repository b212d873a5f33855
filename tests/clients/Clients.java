// The clients that Java programs have, against a stack beside which this runs: `make test-clients`.
//
// Each is used as its documentation shows. What is checked is what its caller gets to see: the status
// and the body of a refusal, and the cookie of a login.

import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;

public final class Clients {
    private static final String API = System.getenv("POSTERN_API");
    private static final String ORGANIZATION = "11111111-1111-4111-8111-111111111111";
    private static final String JSON = "application/json";

    /** A request that each client sends in its own way. A body makes it a POST. */
    private record Call(String path, Map<String, String> headers, String body) {}

    private record Answer(int status, String body) {}

    private interface Client {
        Answer send(Call call) throws IOException, InterruptedException;
    }

    /** A refusal of each surface: a 401, and a word of the body that the caller needs to see. */
    private static final Map<Call, String> REFUSALS = Map.of(
        new Call("/api/v1/users/auth/verify-otp",
            Map.of("cv-api-key", "demo-portal-key", "content-type", JSON),
            "{\"email\":\"nobody@example.com\",\"code\":\"000000\"}"), "UNAUTHORIZED",
        new Call("/v1/token", Map.of("content-type", JSON), "{}"), "Invalid partner credentials",
        new Call("/patient/auth",
            Map.of("organization", ORGANIZATION, "content-type", JSON),
            "{\"username\":\"demo\",\"password\":\"wrong\"}"), "Invalid credentials",
        new Call("/api/1.0/sso/token/nobody",
            Map.of("client_id", "18550", "X-Auth-Token", "wrong"), null), "Not authenticated");

    public static void main(String[] arguments) throws Exception {
        check("java.net.http.HttpClient with an Authenticator", jdkClient());
        check("java.net.HttpURLConnection", Clients::connection);
        try (CloseableHttpClient client = HttpClients.createDefault()) {
            check("Apache HttpClient 5", call -> apache(client, call));
        }
        cookies();
    }

    private static void check(String name, Client client) throws Exception {
        for (Map.Entry<Call, String> refusal : REFUSALS.entrySet()) {
            Answer answer = client.send(refusal.getKey());
            expect(name, answer.status() == 401 && answer.body().contains(refusal.getValue()), answer);
        }
        System.out.println("ok: " + name + " sees status and body of every 401");
    }

    private static void expect(String name, boolean holds, Object seen) {
        if (!holds) {
            throw new AssertionError(name + " sees " + seen);
        }
    }

    private static Client jdkClient() {
        Authenticator none = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return null;
            }
        };
        HttpClient client = HttpClient.newBuilder().authenticator(none).build();
        return call -> {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(API + call.path()));
            call.headers().forEach(request::header);
            if (call.body() != null) {
                request.POST(HttpRequest.BodyPublishers.ofString(call.body()));
            }
            HttpResponse<String> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        };
    }

    private static Answer connection(Call call) throws IOException {
        HttpURLConnection connection = open(call);
        return new Answer(connection.getResponseCode(), text(connection));
    }

    private static HttpURLConnection open(Call call) throws IOException {
        var connection = (HttpURLConnection) URI.create(API + call.path()).toURL().openConnection();
        call.headers().forEach(connection::setRequestProperty);
        if (call.body() != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(call.body().getBytes(StandardCharsets.UTF_8));
        }
        return connection;
    }

    private static String text(HttpURLConnection connection) throws IOException {
        boolean isError = connection.getResponseCode() >= 400;
        try (InputStream in = isError ? connection.getErrorStream() : connection.getInputStream()) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Answer apache(CloseableHttpClient client, Call call) throws IOException {
        ClassicHttpRequest request =
            call.body() == null ? new HttpGet(API + call.path()) : new HttpPost(API + call.path());
        call.headers().forEach(request::setHeader);
        if (call.body() != null) {
            request.setEntity(new StringEntity(call.body(), ContentType.APPLICATION_JSON));
        }
        return client.execute(request,
            response -> new Answer(response.getCode(), EntityUtils.toString(response.getEntity())));
    }

    /** A login's cookie through the JDK's CookieManager, which deployments reach by HTTPS. */
    private static void cookies() throws Exception {
        URI site = URI.create("https://postern.example/patient/users/account");
        CookieManager manager = new CookieManager();
        HttpURLConnection login = open(new Call("/patient/auth",
            Map.of("organization", ORGANIZATION, "content-type", JSON),
            "{\"username\":\"demo\",\"password\":\"demo-password-1\"}"));
        expect("login", login.getResponseCode() == 200, login.getResponseCode());
        manager.put(site, login.getHeaderFields());
        List<String> sent = manager.get(site, Map.of()).getOrDefault("Cookie", List.of());
        expect("CookieManager", sent.size() == 1, sent.size() + " cookies");
        HttpURLConnection account = open(new Call("/patient/users/account",
            Map.of("organization", ORGANIZATION, "cookie", sent.get(0)), null));
        expect("CookieManager", account.getResponseCode() == 200, account.getResponseCode());
        System.out.println("ok: java.net.CookieManager sends the cookie as the account takes it");
    }

    private Clients() {}
}
