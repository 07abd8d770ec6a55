//! The AWS SDK for Rust through the steps of ../README.md. It has a CA by a variable: SSL_CERT_FILE.
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption},
    Client,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use md5::{Digest, Md5};
use std::{env, error::Error, fs, path::Path};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PART_BYTES: usize = 5 << 20;

fn setting(name: &str) -> String {
    env::var(format!("DRIVER_{name}")).unwrap_or_default()
}

/// What a scheme adds to requests: the first two where an object is written, the others wherever it is touched.
struct Sealing {
    scheme: Option<ServerSideEncryption>,
    kms_key: Option<String>,
    algorithm: Option<String>,
    key: Option<String>,
    digest: Option<String>,
}

fn sealing_of(scheme: &str) -> Sealing {
    let key = setting("CUSTOMER_KEY");
    let is_customer = scheme == "sse-c";
    Sealing {
        scheme: match scheme {
            "sse-s3" => Some(ServerSideEncryption::Aes256),
            "sse-kms" => Some(ServerSideEncryption::AwsKms),
            _ => None,
        },
        kms_key: (scheme == "sse-kms").then(|| setting("KMS_KEY")),
        algorithm: is_customer.then(|| "AES256".into()),
        key: is_customer.then(|| STANDARD.encode(&key)),
        digest: is_customer.then(|| STANDARD.encode(Md5::digest(key.as_bytes()))),
    }
}

struct Driver {
    s3: Client,
    bucket: String,
    with: Sealing,
}

impl Driver {
    async fn run(&self) -> Outcome<()> {
        let (source, copied) = (setting("PREFIX") + "object", setting("PREFIX") + "copy");
        let parts = setting("PREFIX") + "parts";
        let with = &self.with;
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key(&source)
            .body(ByteStream::from(fs::read(setting("SMALL"))?))
            .set_server_side_encryption(with.scheme.clone())
            .set_ssekms_key_id(with.kms_key.clone())
            .set_sse_customer_algorithm(with.algorithm.clone())
            .set_sse_customer_key(with.key.clone())
            .set_sse_customer_key_md5(with.digest.clone())
            .send()
            .await?;
        println!("put");

        let head = self
            .s3
            .head_object()
            .bucket(&self.bucket)
            .key(&source)
            .set_sse_customer_algorithm(with.algorithm.clone())
            .set_sse_customer_key(with.key.clone())
            .set_sse_customer_key_md5(with.digest.clone())
            .send()
            .await?;
        let seen = head
            .server_side_encryption()
            .map_or("customer", |one| one.as_str());
        println!("head {seen} {}", head.ssekms_key_id().unwrap_or_default());

        self.get(
            "range",
            &source,
            Some(format!("bytes={}", setting("RANGE"))),
        )
        .await?;
        self.copy(&source, &copied).await?;
        self.get("get", &copied, None).await?;
        self.put_parts(&parts).await?;
        self.get("parts", &parts, None).await
    }

    async fn get(&self, name: &str, key: &str, range: Option<String>) -> Outcome<()> {
        let answer = self
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .set_range(range)
            .set_sse_customer_algorithm(self.with.algorithm.clone())
            .set_sse_customer_key(self.with.key.clone())
            .set_sse_customer_key_md5(self.with.digest.clone())
            .send()
            .await?;
        fs::write(
            Path::new(&setting("FOLDER")).join(name),
            answer.body.collect().await?.into_bytes(),
        )?;
        println!("{name}");
        Ok(())
    }

    async fn copy(&self, source: &str, copied: &str) -> Outcome<()> {
        let with = &self.with;
        self.s3
            .copy_object()
            .copy_source(format!("{}/{source}", self.bucket))
            .bucket(&self.bucket)
            .key(copied)
            .set_server_side_encryption(with.scheme.clone())
            .set_ssekms_key_id(with.kms_key.clone())
            .set_sse_customer_algorithm(with.algorithm.clone())
            .set_sse_customer_key(with.key.clone())
            .set_sse_customer_key_md5(with.digest.clone())
            .set_copy_source_sse_customer_algorithm(with.algorithm.clone())
            .set_copy_source_sse_customer_key(with.key.clone())
            .set_copy_source_sse_customer_key_md5(with.digest.clone())
            .send()
            .await?;
        println!("copy");
        Ok(())
    }

    async fn put_parts(&self, key: &str) -> Outcome<()> {
        let with = &self.with;
        // Parts bring a CRC32 without being asked: S3 takes them at the end only when the upload was begun so.
        let upload = self
            .s3
            .create_multipart_upload()
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .bucket(&self.bucket)
            .key(key)
            .set_server_side_encryption(with.scheme.clone())
            .set_ssekms_key_id(with.kms_key.clone())
            .set_sse_customer_algorithm(with.algorithm.clone())
            .set_sse_customer_key(with.key.clone())
            .set_sse_customer_key_md5(with.digest.clone())
            .send()
            .await?;
        let mut done = CompletedMultipartUpload::builder();
        for (number, piece) in (1..).zip(fs::read(setting("LARGE"))?.chunks(PART_BYTES)) {
            let part = self
                .s3
                .upload_part()
                .bucket(&self.bucket)
                .key(key)
                .set_upload_id(upload.upload_id.clone())
                .part_number(number)
                .body(ByteStream::from(piece.to_vec()))
                .set_sse_customer_algorithm(with.algorithm.clone())
                .set_sse_customer_key(with.key.clone())
                .set_sse_customer_key_md5(with.digest.clone())
                .send()
                .await?;
            let completed = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .set_checksum_crc32(part.checksum_crc32);
            done = done.parts(completed.build());
        }
        self.s3
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .set_upload_id(upload.upload_id)
            .multipart_upload(done.build())
            .set_sse_customer_algorithm(with.algorithm.clone())
            .set_sse_customer_key(with.key.clone())
            .set_sse_customer_key_md5(with.digest.clone())
            .send()
            .await?;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    if env::args().nth(1).as_deref() == Some("--version") {
        println!("{}", aws_sdk_s3::meta::PKG_VERSION);
        return Ok(());
    }
    let shared = aws_config::load_from_env().await;
    let config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(true)
        .build();
    let driver = Driver {
        s3: Client::from_conf(config),
        bucket: setting("BUCKET"),
        with: sealing_of(&setting("SCHEME")),
    };
    driver.run().await.inspect_err(|error| {
        let mut cause: Option<&dyn Error> = Some(error.as_ref());
        while let Some(one) = cause {
            eprintln!("{one:?}");
            cause = one.source();
        }
    })
}
