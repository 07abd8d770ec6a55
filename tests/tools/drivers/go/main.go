// The AWS SDK for Go v2 through the steps of ../README.md. It has a CA by a variable: AWS_CA_BUNDLE.
package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const partBytes = 5 << 20

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func setting(name string) string { return os.Getenv("DRIVER_" + name) }

// What a scheme adds to requests that write; the customer's key alone goes with reads, too.
type sealing struct {
	scheme                      types.ServerSideEncryption
	kmsKey                      *string
	algorithm, key, fingerprint *string
}

func sealingOf(scheme string) sealing {
	switch scheme {
	case "sse-s3":
		return sealing{scheme: types.ServerSideEncryptionAes256}
	case "sse-kms":
		return sealing{scheme: types.ServerSideEncryptionAwsKms, kmsKey: aws.String(setting("KMS_KEY"))}
	case "sse-c":
		// The SDK takes the key in base64, and adds no digest of it.
		key := []byte(setting("CUSTOMER_KEY"))
		digest := md5.Sum(key)
		return sealing{
			algorithm:   aws.String("AES256"),
			key:         aws.String(base64.StdEncoding.EncodeToString(key)),
			fingerprint: aws.String(base64.StdEncoding.EncodeToString(digest[:])),
		}
	}
	return sealing{}
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		info, _ := debug.ReadBuildInfo()
		for _, module := range info.Deps {
			if module.Path == "github.com/aws/aws-sdk-go-v2/service/s3" {
				fmt.Println(strings.TrimPrefix(module.Version, "v"))
			}
		}
		return
	}
	ctx := context.Background()
	client := s3.NewFromConfig(must(config.LoadDefaultConfig(ctx)), func(o *s3.Options) { o.UsePathStyle = true })
	bucket, with := aws.String(setting("BUCKET")), sealingOf(setting("SCHEME"))
	source, copied := aws.String(setting("PREFIX")+"object"), aws.String(setting("PREFIX")+"copy")

	get := func(name string, key, bytesRange *string) {
		answer := must(client.GetObject(ctx, &s3.GetObjectInput{
			Bucket: bucket, Key: key, Range: bytesRange,
			SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
		}))
		content := must(io.ReadAll(answer.Body))
		must(0, os.WriteFile(filepath.Join(setting("FOLDER"), name), content, 0o600))
		fmt.Println(name)
	}

	must(client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: source, Body: bytes.NewReader(must(os.ReadFile(setting("SMALL")))),
		ServerSideEncryption: with.scheme, SSEKMSKeyId: with.kmsKey,
		SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
	}))
	fmt.Println("put")

	head := must(client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: bucket, Key: source,
		SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
	}))
	seen := string(head.ServerSideEncryption)
	if seen == "" {
		seen = "customer"
	}
	fmt.Println("head", seen, aws.ToString(head.SSEKMSKeyId))

	get("range", source, aws.String("bytes="+setting("RANGE")))

	must(client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: bucket, Key: copied, CopySource: aws.String(*bucket + "/" + *source),
		ServerSideEncryption: with.scheme, SSEKMSKeyId: with.kmsKey,
		SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
		CopySourceSSECustomerAlgorithm: with.algorithm, CopySourceSSECustomerKey: with.key,
		CopySourceSSECustomerKeyMD5: with.fingerprint,
	}))
	fmt.Println("copy")

	get("get", copied, nil)

	parts := aws.String(setting("PREFIX") + "parts")
	putParts(ctx, client, bucket, parts, with)
	get("parts", parts, nil)
}

func putParts(ctx context.Context, client *s3.Client, bucket, key *string, with sealing) {
	content := must(os.ReadFile(setting("LARGE")))
	// Parts bring a CRC32 without being asked: S3 takes them at the end only when the upload was begun so.
	upload := must(client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: bucket, Key: key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		ServerSideEncryption: with.scheme, SSEKMSKeyId: with.kmsKey,
		SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
	}))
	var parts []types.CompletedPart
	for number := int32(1); len(content) > 0; number++ {
		size := min(partBytes, len(content))
		part := must(client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: bucket, Key: key, UploadId: upload.UploadId, PartNumber: &number,
			Body:                 bytes.NewReader(content[:size]),
			SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
		}))
		content = content[size:]
		parts = append(parts, types.CompletedPart{
			ETag: part.ETag, PartNumber: aws.Int32(number), ChecksumCRC32: part.ChecksumCRC32,
		})
	}
	must(client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: key, UploadId: upload.UploadId,
		MultipartUpload:      &types.CompletedMultipartUpload{Parts: parts},
		SSECustomerAlgorithm: with.algorithm, SSECustomerKey: with.key, SSECustomerKeyMD5: with.fingerprint,
	}))
}
