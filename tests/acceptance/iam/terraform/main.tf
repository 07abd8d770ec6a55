terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

# Endpoint, credentials and certificate authority come from the environment.
provider "aws" {
  skip_metadata_api_check     = true
  skip_region_validation      = true
  s3_use_path_style           = true
  default_tags { tags = { managed = "terraform" } }
}

variable "stage" {
  type    = string
  default = "first"
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::reports"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["daily/*"]
    }
  }
  statement {
    sid       = "Read"
    actions   = var.stage == "first" ? ["s3:GetObject"] : ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["arn:aws:s3:::reports/daily/*"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.idp.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "idp.example.com/realms/main:aud"
      values   = ["reports"]
    }
  }
}

resource "aws_iam_openid_connect_provider" "idp" {
  url             = "https://idp.example.com/realms/main"
  client_id_list  = var.stage == "first" ? ["reports"] : ["reports", "audits"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
}

resource "aws_iam_policy" "read" {
  name        = "read-reports"
  path        = "/teams/"
  description = "Reads the daily reports"
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_policy" "boundary" {
  name   = "only-storage"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:*", "kms:*"], Resource = "*" }] })
}

resource "aws_iam_group" "readers" {
  name = "readers"
  path = "/teams/"
}

resource "aws_iam_group_policy" "own_keys" {
  name   = "own-keys"
  group  = aws_iam_group.readers.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:*AccessKey*", Resource = "arn:aws:iam::*:user/*/$${aws:username}" }] })
}

resource "aws_iam_group_policy_attachment" "readers" {
  group      = aws_iam_group.readers.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_user" "reader" {
  name                 = var.stage == "first" ? "reader" : "reader-renamed"
  path                 = "/people/"
  permissions_boundary = aws_iam_policy.boundary.arn
  force_destroy        = true
}

resource "aws_iam_access_key" "reader" {
  user   = aws_iam_user.reader.name
  status = var.stage == "first" ? "Active" : "Inactive"
}

resource "aws_iam_user_group_membership" "reader" {
  user   = aws_iam_user.reader.name
  groups = [aws_iam_group.readers.name]
}

resource "aws_iam_user_policy" "inline" {
  name   = "inline"
  user   = aws_iam_user.reader.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "aws_managed" {
  user       = aws_iam_user.reader.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}

resource "aws_iam_role" "job" {
  name                 = "job"
  path                 = "/jobs/"
  description          = "Runs at ${var.stage}"
  max_session_duration = var.stage == "first" ? 3600 : 7200
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.stage == "first" ? aws_iam_policy.boundary.arn : null
  tags                 = { stage = var.stage }
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.job.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.job.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_account_alias" "alias" {
  account_alias = "strongroom-terraform"
}

data "aws_iam_user" "reader" {
  user_name  = aws_iam_user.reader.name
}

data "aws_iam_role" "job" {
  name = aws_iam_role.job.name
}

data "aws_iam_policy" "read" {
  arn = aws_iam_policy.read.arn
}

data "aws_iam_policy" "administrator" {
  name = "AdministratorAccess"
}

data "aws_iam_users" "people" {
  path_prefix = "/people/"
  depends_on  = [aws_iam_user.reader]
}

data "aws_iam_roles" "jobs" {
  path_prefix = "/jobs/"
  depends_on  = [aws_iam_role.job]
}

data "aws_iam_group" "readers" {
  group_name = aws_iam_group.readers.name
  depends_on = [aws_iam_user_group_membership.reader]
}

data "aws_iam_principal_policy_simulation" "may_read" {
  action_names      = ["s3:GetObject"]
  policy_source_arn = aws_iam_user.reader.arn
  resource_arns     = ["arn:aws:s3:::reports/daily/monday"]
  depends_on        = [aws_iam_user_policy.inline]
}

output "may_read" {
  value = data.aws_iam_principal_policy_simulation.may_read.all_allowed
}

output "people" {
  value = data.aws_iam_users.people.names
}

output "members" {
  value = data.aws_iam_group.readers.users[*].user_name
}
