import software.amazon.encryption.s3.S3EncryptionClient;

/** Generation 3 writes without key commitment only; it reads both. */
final class Suites {
    @SuppressWarnings("deprecation")
    static S3EncryptionClient.Builder builder(Request request) {
        return S3EncryptionClient.builder();
    }
}
