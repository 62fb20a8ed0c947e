import assert from "node:assert/strict";
import fc from "fast-check";
import { isPublicAddress } from "../../../../worker/agents/http/addresses.ts";

describe("public addresses (SEC25)", () => {
  it("are those that anybody can have", () => {
    for (const address of ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "223.255.255.255"])
      assert.equal(isPublicAddress(address), true, address);
    for (const address of ["2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
      assert.equal(isPublicAddress(address), true, address);
  });

  it("are none of this machine, of private networks, of nobody, however they are written", () => {
    const v4 = "0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255";
    const more = "192.0.0.1 192.168.0.1 198.18.0.1 224.0.0.1 239.1.1.1 255.255.255.255";
    for (const address of `${v4} ${more}`.split(" ")) {
      assert.equal(isPublicAddress(address), false, address);
      assert.equal(isPublicAddress(`::ffff:${address}`), false, `mapped ${address}`);
      assert.equal(isPublicAddress(`64:ff9b::${address}`), false, `NAT64 ${address}`);
      assert.equal(isPublicAddress(`::${address}`), false, `compatible ${address}`);
    }
    const v6 =
      "::1 :: fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001:db8::1 2002:7f00:1:: 2001::1 100::1";
    for (const address of v6.split(" ")) assert.equal(isPublicAddress(address), false, address);
  });

  it("are no words", () => {
    fc.assert(fc.property(fc.string(), (text) => !isPublicAddress(`x${text}`)));
  });

  it("of both writings are judged alike", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => isPublicAddress(`::ffff:${address}`) === isPublicAddress(address)),
      { numRuns: 500 },
    );
  });
});
