import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;

/** Answers one JSON line for each JSON line: the loop that all Java clients share. See ../README.md. */
public final class Peer {
    /** What one generation of the client does with a request. */
    interface Client {
        void put(Request request) throws Exception;

        InputStream get(Request request) throws Exception;
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        trustAuthority(Path.of(System.getenv("AWS_CA_BUNDLE")));
        // Libraries print where they like; only answers may reach standard output.
        PrintStream answers = new PrintStream(new FileOutputStream(java.io.FileDescriptor.out), true, "UTF-8");
        System.setOut(System.err);
        Client client = Generation.open();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(answer(client, new Request(JSON.readTree(line))));
        }
        System.exit(0);
    }

    private static ObjectNode answer(Client client, Request request) {
        ObjectNode answer = JSON.createObjectNode().put("id", request.id);
        try {
            long startedNs = System.nanoTime();
            for (int turn = 0; turn < request.repeat; turn++) {
                if (request.op.equals("put")) client.put(request);
                else digest(client.get(request), request, answer);
            }
            return answer.put("ok", true).put("elapsedMs", (System.nanoTime() - startedNs) / 1e6);
        } catch (Throwable error) {
            return answer.put("ok", false).put("error", describe(error));
        }
    }

    private static void digest(InputStream body, Request request, ObjectNode answer) throws Exception {
        MessageDigest digest = request.wantsDigest ? MessageDigest.getInstance("SHA-256") : null;
        byte[] buffer = new byte[1 << 16];
        long sizeBytes = 0;
        try (body) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                if (digest != null) digest.update(buffer, 0, read);
                sizeBytes += read;
            }
        }
        answer.put("sizeBytes", sizeBytes);
        if (digest != null) answer.put("sha256", java.util.HexFormat.of().formatHex(digest.digest()));
    }

    private static String describe(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = error; cause != null && text.length() < 1500; cause = cause.getCause()) {
            if (text.length() > 0) text.append(" <- ");
            text.append(cause.getClass().getSimpleName()).append(": ").append(cause.getMessage());
        }
        return text.toString();
    }

    /** The JVM reads no PEM bundle by itself, and Netty asks only these two properties. */
    private static void trustAuthority(Path pem) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        try (InputStream file = new FileInputStream(pem.toFile())) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
        }
        Path target = Files.createTempFile("interop-trust", ".p12");
        target.toFile().deleteOnExit();
        try (OutputStream file = Files.newOutputStream(target)) {
            store.store(file, "changeit".toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", target.toString());
        System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
        System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
    }

    static byte[] base64(JsonNode node) {
        return Base64.getDecoder().decode(node.asText());
    }
}
