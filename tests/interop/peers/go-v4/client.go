package main

import (
	"github.com/aws/amazon-s3-encryption-client-go/v4/client"
	"github.com/aws/amazon-s3-encryption-client-go/v4/commitment"
	"github.com/aws/amazon-s3-encryption-client-go/v4/materials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// The client looks its context up under a plain string.
const contextKey = client.EncryptionContext

// open makes a client of generation 4: with key commitment, or without it under a policy that forbids it.
func open(asked request, storage *s3.Client, keys *kms.Client) (encryptionClient, error) {
	reads := asked.Op == "get"
	keyring := materials.NewKmsKeyring(keys, asked.Keyring.KeyID, func(o *materials.KeyringOptions) {
		o.EnableLegacyWrappingAlgorithms = reads
	})
	manager, err := materials.NewCryptographicMaterialsManager(keyring)
	if err != nil {
		return nil, err
	}
	return client.New(storage, manager, func(o *client.EncryptionClientOptions) {
		o.EnableLegacyUnauthenticatedModes = reads
		if asked.Suite != "commit" {
			o.CommitmentPolicy = commitment.FORBID_ENCRYPT_ALLOW_DECRYPT
		}
	})
}
