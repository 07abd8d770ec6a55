import { element } from "@strongroom/wire";
import { type IamOperation, operation } from "./operation.ts";
import { printPage } from "./page.ts";
import { noSuchEntity } from "./require-entity.ts";
import { NO_RESOURCE } from "./targets.ts";

/**
 * Questions about what this server does not have, answered truthfully: there is none. Tools ask them before they
 * remove a user or a role.
 */
const EMPTY_LISTINGS: Readonly<Record<string, string>> = {
  ListInstanceProfiles: "InstanceProfiles",
  ListInstanceProfilesForRole: "InstanceProfiles",
  ListMFADevices: "MFADevices",
  ListVirtualMFADevices: "VirtualMFADevices",
  ListSSHPublicKeys: "SSHPublicKeys",
  ListSigningCertificates: "Certificates",
  ListServerCertificates: "ServerCertificateMetadataList",
  ListServiceSpecificCredentials: "ServiceSpecificCredentials",
  ListSAMLProviders: "SAMLProviderList",
};

const UNPAGED = new Set(["ListServiceSpecificCredentials", "ListSAMLProviders"]);

const ABSENT: Readonly<Record<string, string>> = {
  GetLoginProfile: "Login Profile for this user cannot be found.",
  DeleteLoginProfile: "Login Profile for this user cannot be found.",
  GetAccountPasswordPolicy: "The Password Policy with domain name cannot be found.",
  GetInstanceProfile: "Instance Profile cannot be found.",
};

const empty = (name: string, list: string): IamOperation =>
  operation({
    name,
    read: () => ({}),
    target: () => NO_RESOURCE,
    run: async () => [element(list, []), ...(UNPAGED.has(name) ? [] : printPage({ next: null }))],
  });

const absent = (name: string, message: string): IamOperation =>
  operation({
    name,
    read: () => ({}),
    target: () => NO_RESOURCE,
    run: async () => {
      throw noSuchEntity(message);
    },
  });

export const ABSENT_OPERATIONS: readonly IamOperation[] = [
  ...Object.entries(EMPTY_LISTINGS).map(([name, list]) => empty(name, list)),
  ...Object.entries(ABSENT).map(([name, message]) => absent(name, message)),
];
