import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetFederationTokenCommand } from "@aws-sdk/client-sts";
import {
  policyText,
  READ_REPORTS,
  refuses,
  type SessionCredentials,
  type StsWorkbench,
} from "./sts-workbench.ts";

const Bucket = "shared";
const NOTHING = policyText({ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" });

/**
 * What a bucket's policy grants a role is bounded by the session's policies; what it grants one session, or one
 * federated user, by name is not (IAM User Guide, "Session policies").
 */
export async function grantByBucketPolicy(bench: StsWorkbench, user: SessionCredentials): Promise<void> {
  const owner = bench.s3(bench.server.environment.credentials);
  await owner.send(new CreateBucketCommand({ Bucket }));
  await owner.send(new PutObjectCommand({ Bucket, Key: "a", Body: "a" }));
  const RoleArn = await bench.makeRole("granted", NOTHING);
  const assume = async (RoleSessionName: string, Policy?: string) => {
    const policy = Policy === undefined ? {} : { Policy };
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName, ...policy });
    return read(bench, (await bench.sts(user).send(command)).Credentials);
  };
  const grant = async (AWS: string): Promise<void> => {
    const statement = {
      Effect: "Allow",
      Principal: { AWS },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${Bucket}/*`,
    };
    await owner.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(statement) }));
  };
  const [plain, bounded, named] = [
    await assume("plain"),
    await assume("bounded", READ_REPORTS),
    await assume("named", READ_REPORTS),
  ];
  await refuses("AccessDenied", plain());
  await grant(RoleArn);
  await plain();
  await refuses("AccessDenied", bounded());
  await grant(`arn:aws:sts::${bench.accountId}:assumed-role/granted/named`);
  await named();
  await refuses("AccessDenied", bounded());
  const federate = new GetFederationTokenCommand({ Name: "visitor" });
  const visitor = read(bench, (await bench.sts(user).send(federate)).Credentials);
  await refuses("AccessDenied", visitor());
  await grant(`arn:aws:sts::${bench.accountId}:federated-user/visitor`);
  await visitor();
  bench.tally.add("grants of bucket policies", 8);
}

function read(
  bench: StsWorkbench,
  given:
    | {
        AccessKeyId?: string | undefined;
        SecretAccessKey?: string | undefined;
        SessionToken?: string | undefined;
      }
    | undefined,
): () => Promise<unknown> {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = given ?? {};
  const s3 = bench.s3({
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  });
  return () => s3.send(new GetObjectCommand({ Bucket, Key: "a" }));
}
