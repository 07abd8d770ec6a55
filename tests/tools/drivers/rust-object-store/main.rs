//! The Rust crate object_store through the steps of ../README.md. It has a CA by an option: with_root_certificate.
use base64::{engine::general_purpose::STANDARD, Engine};
use object_store::{
    aws::{AmazonS3, AmazonS3Builder},
    path::Path as Key,
    Certificate, ClientOptions, ObjectStoreExt, PutPayload,
};
use std::{env, error::Error, fs, path::Path};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PART_BYTES: usize = 5 << 20;

fn setting(name: &str) -> String {
    env::var(format!("DRIVER_{name}")).unwrap_or_default()
}

fn open() -> Outcome<AmazonS3> {
    let authority = Certificate::from_pem(&fs::read(env::var("AWS_CA_BUNDLE")?)?)?;
    let builder = AmazonS3Builder::new()
        .with_endpoint(env::var("AWS_ENDPOINT_URL")?)
        .with_region(env::var("AWS_REGION")?)
        .with_access_key_id(env::var("AWS_ACCESS_KEY_ID")?)
        .with_secret_access_key(env::var("AWS_SECRET_ACCESS_KEY")?)
        .with_bucket_name(setting("BUCKET"))
        .with_client_options(ClientOptions::new().with_root_certificate(authority));
    let builder = match setting("SCHEME").as_str() {
        "sse-s3" => builder.with_config("aws_server_side_encryption".parse()?, "AES256"),
        "sse-kms" => builder.with_sse_kms_encryption(setting("KMS_KEY")),
        "sse-c" => builder.with_ssec_encryption(STANDARD.encode(setting("CUSTOMER_KEY"))),
        _ => builder,
    };
    Ok(builder.build()?)
}

fn save(name: &str, content: &[u8]) -> Outcome<()> {
    fs::write(Path::new(&setting("FOLDER")).join(name), content)?;
    println!("{name}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    if env::args().nth(1).as_deref() == Some("--version") {
        println!(
            "{}",
            include_str!("Cargo.toml")
                .split("object_store = { version = \"=")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or("?")
        );
        return Ok(());
    }
    let store = open()?;
    let [source, copied, parts] =
        ["object", "copy", "parts"].map(|name| Key::from(setting("PREFIX") + name));
    store
        .put(&source, PutPayload::from(fs::read(setting("SMALL"))?))
        .await?;
    println!("put");

    store.head(&source).await?;
    println!("head");

    let range = setting("RANGE");
    let (first, last) = range.split_once('-').ok_or("no range")?;
    save(
        "range",
        &store
            .get_range(&source, first.parse()?..last.parse::<u64>()? + 1)
            .await?,
    )?;

    store.copy(&source, &copied).await?;
    println!("copy");

    save("get", &store.get(&copied).await?.bytes().await?)?;

    let mut upload = store.put_multipart(&parts).await?;
    for piece in fs::read(setting("LARGE"))?.chunks(PART_BYTES) {
        upload.put_part(PutPayload::from(piece.to_vec())).await?;
    }
    upload.complete().await?;
    save("parts", &store.get(&parts).await?.bytes().await?)
}
