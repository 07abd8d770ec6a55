import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMS;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3EncryptionClientBuilder;
import com.amazonaws.services.s3.AmazonS3EncryptionClientV2Builder;
import com.amazonaws.services.s3.model.CryptoConfiguration;
import com.amazonaws.services.s3.model.CryptoConfigurationV2;
import com.amazonaws.services.s3.model.CryptoMode;
import com.amazonaws.services.s3.model.CryptoRangeGetMode;
import com.amazonaws.services.s3.model.CryptoStorageMode;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.KMSEncryptionMaterials;
import com.amazonaws.services.s3.model.StaticEncryptionMaterialsProvider;
import java.io.InputStream;

/** The clients that came before: what they wrote lies in buckets still. */
final class Generation implements Peer.Client {
    private final EndpointConfiguration endpoint =
            new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), System.getenv("AWS_REGION"));
    private final AWSKMS kms = AWSKMSClientBuilder.standard().withEndpointConfiguration(endpoint).build();

    static Peer.Client open() {
        return new Generation();
    }

    @Override
    public void put(Request request) throws Exception {
        clientFor(request).putObject(request.bucket, request.key, request.file);
    }

    @Override
    public InputStream get(Request request) throws Exception {
        return clientFor(request).getObject(request.bucket, request.key).getObjectContent();
    }

    private AmazonS3 clientFor(Request request) throws Exception {
        boolean isWrite = request.op.equals("put");
        if (isWrite && request.suite.startsWith("legacy")) return firstClient(request);
        return AmazonS3EncryptionClientV2Builder.standard()
                .withEndpointConfiguration(endpoint)
                .withPathStyleAccessEnabled(true)
                .withKmsClient(kms)
                .withEncryptionMaterialsProvider(new StaticEncryptionMaterialsProvider(materialsOf(request)))
                .withCryptoConfiguration(new CryptoConfigurationV2()
                        .withCryptoMode(isWrite ? CryptoMode.StrictAuthenticatedEncryption : CryptoMode.AuthenticatedEncryption)
                        .withRangeGetMode(CryptoRangeGetMode.DISABLED)
                        .withStorageMode(storageOf(request)))
                .build();
    }

    @SuppressWarnings("deprecation")
    private AmazonS3 firstClient(Request request) throws Exception {
        CryptoMode mode = request.suite.equals("legacy-cbc") ? CryptoMode.EncryptionOnly : CryptoMode.AuthenticatedEncryption;
        return AmazonS3EncryptionClientBuilder.standard()
                .withEndpointConfiguration(endpoint)
                .withPathStyleAccessEnabled(true)
                .withKmsClient(kms)
                .withEncryptionMaterials(new StaticEncryptionMaterialsProvider(materialsOf(request)))
                .withCryptoConfiguration(new CryptoConfiguration(mode).withStorageMode(storageOf(request)))
                .build();
    }

    private static CryptoStorageMode storageOf(Request request) {
        return request.isInstruction ? CryptoStorageMode.InstructionFile : CryptoStorageMode.ObjectMetadata;
    }

    private static EncryptionMaterials materialsOf(Request request) throws Exception {
        EncryptionMaterials materials;
        switch (request.keyringKind) {
            case "aes":
                materials = new EncryptionMaterials(request.aesKey());
                break;
            case "rsa":
                materials = new EncryptionMaterials(request.rsaKeyPair());
                break;
            case "kms":
                materials = new KMSEncryptionMaterials(request.kmsKeyId());
                break;
            default:
                throw new IllegalArgumentException("unknown keyring " + request.keyringKind);
        }
        request.context.forEach(materials::addDescription);
        return materials;
    }
}
