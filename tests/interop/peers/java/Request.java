import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** One parsed line. */
final class Request {
    final long id;
    final String op;
    final String bucket;
    final String key;
    final File file;
    final String suite;
    final String keyringKind;
    final boolean isInstruction;
    final boolean isMultipart;
    final boolean wantsDigest;
    final int repeat;
    final Map<String, String> context = new LinkedHashMap<>();
    private final JsonNode keyring;

    Request(JsonNode line) {
        id = line.path("id").asLong();
        op = line.path("op").asText();
        bucket = line.path("bucket").asText();
        key = line.path("key").asText();
        file = new File(line.path("file").asText());
        suite = line.path("suite").asText();
        keyring = line.path("keyring");
        keyringKind = keyring.path("kind").asText();
        isInstruction = line.path("storage").asText().equals("instruction");
        isMultipart = line.path("multipart").asBoolean(false);
        wantsDigest = line.path("digest").asBoolean(true);
        repeat = line.path("repeat").asInt(1);
        line.path("context").fields().forEachRemaining(e -> context.put(e.getKey(), e.getValue().asText()));
    }

    SecretKey aesKey() {
        return new SecretKeySpec(Peer.base64(keyring.path("key")), "AES");
    }

    KeyPair rsaKeyPair() throws Exception {
        KeyFactory rsa = KeyFactory.getInstance("RSA");
        return new KeyPair(
                rsa.generatePublic(new X509EncodedKeySpec(Peer.base64(keyring.path("publicKey")))),
                rsa.generatePrivate(new PKCS8EncodedKeySpec(Peer.base64(keyring.path("privateKey")))));
    }

    String kmsKeyId() {
        return keyring.path("keyId").asText();
    }
}
