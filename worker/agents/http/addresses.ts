import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** IPv4 ranges that belong to this machine, to a private network or to nobody (IANA's special-purpose registry). */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Within 2000::/3, the only range of public addresses: Teredo and its neighbours, examples, 6to4. */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** IPv6 addresses that stand for an IPv4 one: mapped, and by NAT64 (RFC 6052). */
const CARRIERS = ["::ffff:", "64:ff9b::"];

const privateAddresses = new BlockList();
const publicV6 = new BlockList();
const carriers = new BlockList();
publicV6.addSubnet("2000::", 3, "ipv6");
for (const [network, prefix] of PRIVATE_V4) {
  privateAddresses.addSubnet(network, prefix, "ipv4");
  for (const carrier of CARRIERS) privateAddresses.addSubnet(`${carrier}${network}`, 96 + prefix, "ipv6");
}
for (const [network, prefix] of PRIVATE_V6) privateAddresses.addSubnet(network, prefix, "ipv6");
for (const carrier of CARRIERS) carriers.addSubnet(`${carrier}0.0.0.0`, 96, "ipv6");

/** Whether an IP address is one of the public network. What is no address is not. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, "");
  switch (isIP(bare)) {
    case 4:
      return !privateAddresses.check(bare, "ipv4");
    case 6:
      return (publicV6.check(bare, "ipv6") || carriers.check(bare, "ipv6")) && !privateAddresses.check(bare, "ipv6");
    default:
      return false;
  }
}

/** The code of the error of a connection that was refused because of its address. */
export const PRIVATE_ADDRESS = "ERR_PRIVATE_ADDRESS";

export class PrivateAddressError extends Error {
  readonly code = PRIVATE_ADDRESS;
}

/**
 * Finds the addresses of a name as Node does and leaves out those that are not public. It is asked when the connection is made, and
 * the connection goes to what it answers, so that a name whose address changes in between (DNS rebinding) gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupOptions & { all: true } = { ...options, all: true };
  lookup(hostname, all, (error, addresses) => {
    if (error) {
      callback(error, []);
      return;
    }
    const open = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (first === undefined) callback(privateAddress(hostname, addresses), []);
    else if (options.all === true) callback(null, open);
    else callback(null, first.address, first.family);
  });
};

function privateAddress(hostname: string, addresses: readonly LookupAddress[]): PrivateAddressError {
  return new PrivateAddressError(`${hostname} has the private address ${addresses[0]?.address ?? "(none)"}`);
}
