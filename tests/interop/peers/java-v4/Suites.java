import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;

/** Generation 4 writes with key commitment, or without it under a policy that forbids it. */
final class Suites {
    static S3EncryptionClient.Builder builder(Request request) {
        boolean commits = request.suite.equals("commit");
        return S3EncryptionClient.builderV4()
                .encryptionAlgorithm(commits
                        ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                        : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)
                .commitmentPolicy(commits
                        ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                        : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
    }
}
