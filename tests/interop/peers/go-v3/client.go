package main

import (
	"github.com/aws/amazon-s3-encryption-client-go/v3/client"
	"github.com/aws/amazon-s3-encryption-client-go/v3/materials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// The client looks its context up under a plain string.
const contextKey = client.EncryptionContext

// open makes a client of generation 3, which writes without key commitment only.
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
	})
}
