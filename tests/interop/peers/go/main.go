// Answers one JSON line for each JSON line: the loop that both Go clients share. See ../README.md.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type keyring struct {
	Kind  string `json:"kind"`
	KeyID string `json:"keyId"`
}

type request struct {
	ID      int64             `json:"id"`
	Op      string            `json:"op"`
	Bucket  string            `json:"bucket"`
	Key     string            `json:"key"`
	File    string            `json:"file"`
	Suite   string            `json:"suite"`
	Keyring keyring           `json:"keyring"`
	Context map[string]string `json:"context"`
	Repeat  int               `json:"repeat"`
	Digest  *bool             `json:"digest"`
}

type answer struct {
	ID        int64   `json:"id"`
	OK        bool    `json:"ok"`
	Error     string  `json:"error,omitempty"`
	SizeBytes *int64  `json:"sizeBytes,omitempty"`
	SHA256    string  `json:"sha256,omitempty"`
	ElapsedMs float64 `json:"elapsedMs"`
}

// encryptionClient is what both generations of the client do.
type encryptionClient interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

func main() {
	log.SetOutput(os.Stderr)
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	storage := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	keys := kms.NewFromConfig(settings)
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(respond(asked, storage, keys)); err != nil {
			log.Fatal(err)
		}
	}
}

func respond(asked request, storage *s3.Client, keys *kms.Client) answer {
	given := answer{ID: asked.ID}
	started := time.Now()
	for turn := 0; turn < max(1, asked.Repeat); turn++ {
		if err := carryOut(asked, storage, keys, &given); err != nil {
			given.Error = err.Error()
			return given
		}
	}
	given.OK = true
	given.ElapsedMs = float64(time.Since(started).Microseconds()) / 1000
	return given
}

func carryOut(asked request, storage *s3.Client, keys *kms.Client, given *answer) (failure error) {
	defer func() {
		if reason := recover(); reason != nil {
			failure = fmt.Errorf("panic: %v", reason)
		}
	}()
	if asked.Keyring.Kind != "kms" {
		return errors.New("this client has a KMS keyring only")
	}
	client, err := open(asked, storage, keys)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if len(asked.Context) > 0 && (asked.Op == "put" || asked.Suite == "commit" || asked.Suite == "gcm") {
		ctx = context.WithValue(ctx, contextKey, asked.Context)
	}
	if asked.Op == "put" {
		return put(ctx, client, asked)
	}
	return get(ctx, client, asked, given)
}

func put(ctx context.Context, client encryptionClient, asked request) error {
	file, err := os.Open(asked.File)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &asked.Bucket, Key: &asked.Key, Body: file})
	return err
}

func get(ctx context.Context, client encryptionClient, asked request, given *answer) error {
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &asked.Bucket, Key: &asked.Key})
	if err != nil {
		return err
	}
	defer object.Body.Close()
	var sink io.Writer = io.Discard
	digest := sha256.New()
	if asked.Digest == nil || *asked.Digest {
		sink = digest
	}
	size, err := io.Copy(sink, object.Body)
	if err != nil {
		return err
	}
	given.SizeBytes = &size
	if sink != io.Discard {
		given.SHA256 = hex.EncodeToString(digest.Sum(nil))
	}
	return nil
}
