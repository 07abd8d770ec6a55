import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * The AWS SDK for Java v2 through the steps of ../README.md. It has a CA by a property of Java:
 * javax.net.ssl.trustStore.
 */
final class Driver {
    private static final int PART_BYTES = 5 << 20;

    private final S3Client s3 =
            S3Client.builder().endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL"))).forcePathStyle(true).build();
    private final String bucket = setting("BUCKET");
    // What the scheme adds to requests: the first two where an object is written, the others wherever it is touched.
    private final String scheme;
    private final String kmsKey;
    private final String algorithm;
    private final String key;
    private final String keyDigest;

    private Driver() throws Exception {
        String asked = setting("SCHEME");
        scheme = asked.equals("sse-s3") ? "AES256" : asked.equals("sse-kms") ? "aws:kms" : null;
        kmsKey = asked.equals("sse-kms") ? setting("KMS_KEY") : null;
        boolean isCustomer = asked.equals("sse-c");
        byte[] bytes = setting("CUSTOMER_KEY").getBytes();
        Base64.Encoder base64 = Base64.getEncoder();
        algorithm = isCustomer ? "AES256" : null;
        key = isCustomer ? base64.encodeToString(bytes) : null;
        keyDigest = isCustomer ? base64.encodeToString(MessageDigest.getInstance("MD5").digest(bytes)) : null;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 1) System.out.println(VersionInfo.SDK_VERSION);
        else new Driver().run();
    }

    private static String setting(String name) {
        return System.getenv().getOrDefault("DRIVER_" + name, "");
    }

    private static void done(String... words) {
        System.out.println(String.join(" ", words));
    }

    private void run() throws Exception {
        String source = setting("PREFIX") + "object";
        String copied = setting("PREFIX") + "copy";
        s3.putObject(
                b -> b.bucket(bucket).key(source).serverSideEncryption(scheme).ssekmsKeyId(kmsKey)
                        .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest),
                Path.of(setting("SMALL")));
        done("put");

        var head = s3.headObject(b -> b.bucket(bucket).key(source)
                .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest));
        String seen = head.serverSideEncryptionAsString();
        done("head", seen == null ? "customer" : seen, head.ssekmsKeyId() == null ? "" : head.ssekmsKeyId());

        get("range", source, "bytes=" + setting("RANGE"));

        s3.copyObject(b -> b.sourceBucket(bucket).sourceKey(source).destinationBucket(bucket).destinationKey(copied)
                .serverSideEncryption(scheme).ssekmsKeyId(kmsKey)
                .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest)
                .copySourceSSECustomerAlgorithm(algorithm).copySourceSSECustomerKey(key)
                .copySourceSSECustomerKeyMD5(keyDigest));
        done("copy");

        get("get", copied, null);

        String parts = setting("PREFIX") + "parts";
        putParts(parts);
        get("parts", parts, null);
    }

    private void get(String name, String objectKey, String range) throws Exception {
        byte[] content = s3.getObjectAsBytes(b -> b.bucket(bucket).key(objectKey).range(range)
                .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest)).asByteArray();
        Files.write(Path.of(setting("FOLDER"), name), content);
        done(name);
    }

    private void putParts(String objectKey) throws Exception {
        byte[] content = Files.readAllBytes(Path.of(setting("LARGE")));
        // Parts bring a CRC32 without being asked: S3 takes them at the end only when the upload was begun so.
        String upload = s3.createMultipartUpload(b -> b.bucket(bucket).key(objectKey)
                .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                .serverSideEncryption(scheme).ssekmsKeyId(kmsKey)
                .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest)).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int start = 0; start < content.length; start += PART_BYTES) {
            int number = parts.size() + 1;
            byte[] piece = Arrays.copyOfRange(content, start, Math.min(start + PART_BYTES, content.length));
            var part = s3.uploadPart(b -> b.bucket(bucket).key(objectKey).uploadId(upload).partNumber(number)
                    .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest),
                    RequestBody.fromBytes(piece));
            parts.add(CompletedPart.builder().partNumber(number).eTag(part.eTag()).checksumCRC32(part.checksumCRC32()).build());
        }
        s3.completeMultipartUpload(b -> b.bucket(bucket).key(objectKey).uploadId(upload)
                .multipartUpload(m -> m.parts(parts))
                .sseCustomerAlgorithm(algorithm).sseCustomerKey(key).sseCustomerKeyMD5(keyDigest));
    }
}
