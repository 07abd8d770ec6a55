import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** The client of generations 3 and 4, which differ only in how a suite is chosen (Suites). */
final class Generation implements Peer.Client {
    private static final int PART_BYTES = 8 << 20;
    /** The client does not read instruction files to their end, so each costs one of the pool's 50 connections. */
    private static final int INSTRUCTION_READS_A_POOL = 40;

    private final URI endpoint;
    private S3Client s3;
    private int instructionReads;
    private final S3AsyncClient asyncS3;
    private final KmsClient kms;

    private Generation(URI endpoint) {
        this.endpoint = endpoint;
        s3 = openS3();
        asyncS3 = S3AsyncClient.builder().endpointOverride(endpoint).forcePathStyle(true).build();
        kms = KmsClient.builder().endpointOverride(endpoint).build();
    }

    private S3Client openS3() {
        return S3Client.builder().endpointOverride(endpoint).forcePathStyle(true).build();
    }

    static Peer.Client open() {
        return new Generation(URI.create(System.getenv("AWS_ENDPOINT_URL")));
    }

    @Override
    public void put(Request request) throws Exception {
        S3EncryptionClient client = clientFor(request);
        if (request.isMultipart) {
            putParts(client, request);
            return;
        }
        client.putObject(
                b -> {
                    b.bucket(request.bucket).key(request.key);
                    if (usesContext(request)) b.overrideConfiguration(S3EncryptionClient.withAdditionalConfiguration(request.context));
                },
                RequestBody.fromFile(request.file));
    }

    private void putParts(S3EncryptionClient client, Request request) throws Exception {
        String uploadId = client.createMultipartUpload(b -> {
            b.bucket(request.bucket).key(request.key);
            if (usesContext(request)) b.overrideConfiguration(S3EncryptionClient.withAdditionalConfiguration(request.context));
        }).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        long left = request.file.length();
        try (InputStream file = new FileInputStream(request.file)) {
            while (left > 0) {
                byte[] part = file.readNBytes((int) Math.min(PART_BYTES, left));
                left -= part.length;
                boolean isLast = left == 0;
                int number = parts.size() + 1;
                String etag = client.uploadPart(
                        b -> b.bucket(request.bucket).key(request.key).uploadId(uploadId).partNumber(number)
                                .sdkPartType(isLast ? SdkPartType.LAST : SdkPartType.DEFAULT),
                        RequestBody.fromBytes(part)).eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
            }
        }
        client.completeMultipartUpload(b -> b.bucket(request.bucket).key(request.key).uploadId(uploadId)
                .multipartUpload(upload -> upload.parts(parts)));
    }

    @Override
    public InputStream get(Request request) throws Exception {
        if (request.isInstruction && ++instructionReads % INSTRUCTION_READS_A_POOL == 0) {
            s3.close();
            s3 = openS3();
        }
        return clientFor(request).getObject((GetObjectRequest.Builder b) -> {
            b.bucket(request.bucket).key(request.key);
            if (usesContext(request)) b.overrideConfiguration(S3EncryptionClient.withAdditionalConfiguration(request.context));
        });
    }

    /** Raw keyrings hold the description themselves; legacy KMS objects have their context in the object alone. */
    private static boolean usesContext(Request request) {
        return request.keyringKind.equals("kms") && !request.suite.startsWith("legacy");
    }

    private S3EncryptionClient clientFor(Request request) throws Exception {
        return Suites.builder(request)
                .wrappedClient(s3)
                .wrappedAsyncClient(asyncS3)
                .keyring(keyringOf(request))
                .enableLegacyUnauthenticatedModes(request.op.equals("get"))
                .instructionFileConfig(InstructionFileConfig.builder()
                        .instructionFileClient(s3)
                        .enableInstructionFilePutObject(request.isInstruction)
                        .build())
                .build();
    }

    private Keyring keyringOf(Request request) throws Exception {
        boolean allowsLegacy = request.op.equals("get");
        MaterialsDescription description = MaterialsDescription.builder().putAll(request.context).build();
        switch (request.keyringKind) {
            case "aes":
                return AesKeyring.builder().wrappingKey(request.aesKey()).materialsDescription(description)
                        .enableLegacyWrappingAlgorithms(allowsLegacy).build();
            case "rsa":
                return RsaKeyring.builder().wrappingKeyPair(new PartialRsaKeyPair(request.rsaKeyPair()))
                        .materialsDescription(description).enableLegacyWrappingAlgorithms(allowsLegacy).build();
            case "kms":
                return KmsKeyring.builder().kmsClient(kms).wrappingKeyId(request.kmsKeyId())
                        .enableLegacyWrappingAlgorithms(allowsLegacy).build();
            default:
                throw new IllegalArgumentException("unknown keyring " + request.keyringKind);
        }
    }
}
