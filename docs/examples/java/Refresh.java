// Keeps a patient's session: one refresh at a time, and a lost answer loses nothing.
// Java 17 or later, with Gson. Try it: java -cp gson.jar Refresh.java session.json

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

public final class Refresh {
    record Pending(String token, String key) {}

    /** `refreshAt` is in milliseconds since 1970. `pending` was asked for, and its answer isn't stored yet. */
    record Session(String accessToken, String refreshToken, double refreshAt, Pending pending) {}

    /** Where a session lives: a row of your database, say. `save` returns when it is durable; null deletes. */
    interface Store {
        Session load() throws IOException;

        void save(Session session) throws IOException;
    }

    static final class SignInAgain extends Exception {
        private static final long serialVersionUID = 1;

        SignInAgain(String why) {
            super(why);
        }
    }

    /** One for each session, shared by all threads. Several processes need a lock that all of them see. */
    static final class Tokens {
        private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final Store store;
        private final String api;
        private final String apiKey;

        Tokens(Store store, String api, String apiKey) {
            this.store = store;
            this.api = api;
            this.apiKey = apiKey;
        }

        /** `synchronized`: others wait, and find what this one stored. */
        synchronized String accessToken() throws IOException, InterruptedException, SignInAgain {
            Session session = store.load();
            if (session == null) {
                throw new SignInAgain("there is no session");
            }
            if (session.pending() == null && System.currentTimeMillis() < session.refreshAt()) {
                return session.accessToken();
            }
            return rotate(session);
        }

        private String rotate(Session session) throws IOException, InterruptedException, SignInAgain {
            // Before the call: after a crash the next try is the same call.
            Pending pending = session.pending() != null
                ? session.pending()
                : new Pending(session.refreshToken(), UUID.randomUUID().toString());
            store.save(new Session(session.accessToken(), session.refreshToken(), session.refreshAt(), pending));
            for (int attempt = 0; attempt < 5; attempt++) {
                long wait = 1L << attempt;
                try {
                    HttpResponse<String> answer = ask(pending);
                    int status = answer.statusCode();
                    if (status == 200) {
                        JsonObject body = new Gson().fromJson(answer.body(), JsonObject.class);
                        Session next = new Session(
                            body.get("accessToken").getAsString(),
                            body.get("refreshToken").getAsString(),
                            System.currentTimeMillis() + (body.get("expiresIn").getAsLong() - 90) * 1000.0,
                            null);
                        // Before the use of the answer: the old refresh token is dead.
                        store.save(next);
                        return next.accessToken();
                    } else if (status == 401) {
                        store.save(null);
                        throw new SignInAgain(answer.body());
                    } else if (status != 429 && status < 500) {
                        throw new IllegalStateException("refresh: " + status + " " + answer.body()); // our request is wrong
                    }
                    wait = Math.max(wait, answer.headers().firstValueAsLong("retry-after").orElse(0));
                } catch (NoAnswer lost) {
                    // the same again
                }
                Thread.sleep(wait * 1000);
            }
            throw new IOException("refresh: no answer; the next call tries again with the same key");
        }

        private static final class NoAnswer extends Exception {
            private static final long serialVersionUID = 1;
        }

        private HttpResponse<String> ask(Pending pending) throws NoAnswer, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(URI.create(api + "/api/v1/users/auth/refresh-token"))
                .header("cv-api-key", apiKey)
                .header("content-type", "application/json")
                .header("idempotency-key", pending.key())
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString(new Gson().toJson(Map.of("refresh_token", pending.token()))))
                .build();
            try {
                return client.send(request, BodyHandlers.ofString());
            } catch (IOException lost) {
                throw new NoAnswer();
            }
        }
    }

    record InFile(Path path) implements Store {
        @Override
        public Session load() throws IOException {
            return Files.exists(path) ? new Gson().fromJson(Files.readString(path), Session.class) : null;
        }

        @Override
        public void save(Session session) throws IOException {
            Path next = Path.of(path + ".new");
            try (FileChannel file = FileChannel.open(next, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(new Gson().toJson(session).getBytes(StandardCharsets.UTF_8)));
                file.force(true);
            }
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Tokens tokens = new Tokens(
            new InFile(Path.of(arguments[0])), System.getenv("POSTERN_API"), System.getenv("POSTERN_API_KEY"));
        int callers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        var pool = Executors.newFixedThreadPool(callers);
        List<Future<String>> answers = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            answers.add(pool.submit(tokens::accessToken));
        }
        pool.shutdown();
        try {
            for (Future<String> answer : answers) {
                System.out.println(answer.get());
            }
        } catch (ExecutionException failure) {
            if (!(failure.getCause() instanceof SignInAgain)) {
                throw failure;
            }
            System.out.println("sign in again");
            System.exit(3);
        }
    }
}
