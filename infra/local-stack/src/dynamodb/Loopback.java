import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Runs DynamoDB Local on 127.0.0.1 only, and only for the stack, which knows the pass: by default it listens on every
 * interface and answers every web page, and it has no option for that.
 */
final class Loopback {
    public static void main(String[] options) throws Exception {
        DynamoDBProxyServer local = ServerRunner.createServerFromCommandLineArgs(options);
        var field = DynamoDBProxyServer.class.getDeclaredField("server");
        field.setAccessible(true);
        String pass = System.getenv("POSTERN_PASS");
        HttpConfiguration.Customizer guard = (connector, configuration, request) -> {
            if (!pass.equals(request.getHeader("x-postern-pass"))) {
                throw new BadMessageException(403, "only for the local stack");
            }
        };
        for (var connector : ((Server) field.get(local)).getConnectors()) {
            ((ServerConnector) connector).setHost("127.0.0.1");
            connector.getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration().addCustomizer(guard);
        }
        local.start();
        local.join();
    }
}
