terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  skip_metadata_api_check = true
}

variable "stage" {
  default = "first"
}

data "aws_caller_identity" "self" {}

resource "aws_iam_user" "reader" {
  name = "tf-reader"
}

resource "aws_kms_key" "main" {
  description             = "of terraform, ${var.stage}"
  enable_key_rotation     = true
  rotation_period_in_days = var.stage == "first" ? 180 : 365
  deletion_window_in_days = 7
  tags                    = { stage = var.stage, of = "terraform" }
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "root"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.self.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = var.stage
        Effect    = "Allow"
        Principal = { AWS = aws_iam_user.reader.arn }
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  is_enabled               = var.stage == "first"
  deletion_window_in_days  = 7
}

resource "aws_kms_key" "mac" {
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
  deletion_window_in_days  = 7
}

resource "aws_kms_alias" "main" {
  name          = "alias/terraform"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_kms_grant" "reader" {
  name              = "reader"
  key_id            = aws_kms_key.main.key_id
  grantee_principal = aws_iam_user.reader.arn
  operations        = ["Encrypt", "Decrypt"]
  constraints {
    encryption_context_equals = { stage = "any" }
  }
}

resource "aws_kms_external_key" "imported" {
  key_material_base64     = "c3Ryb25ncm9vbS1hY2NlcHRhbmNlLXRlc3Qta2V5ISE="
  enabled                 = true
  deletion_window_in_days = 7
}

resource "aws_kms_ciphertext" "sealed" {
  key_id    = aws_kms_key.main.key_id
  plaintext = "kept"
  context   = { of = "terraform" }
}

data "aws_kms_key" "by_alias" {
  key_id     = "alias/terraform"
  depends_on = [aws_kms_alias.main]
}

data "aws_kms_public_key" "signing" {
  key_id = aws_kms_key.signing.arn
}

output "by_alias" {
  value = data.aws_kms_key.by_alias.arn == aws_kms_key.main.arn
}

output "public_key" {
  value = data.aws_kms_public_key.signing.public_key_pem
}
