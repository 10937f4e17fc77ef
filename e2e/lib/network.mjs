// Networks of their own: namespaces, with a NAT before each of them if wanted, round a server that stays where it is.
//
//   server 203.0.113.1 ─ bridge ─ 203.0.113.x router (NAT) 192.168.x.1 ─ 192.168.x.2 host
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PREFIX = "bf";
const BRIDGE = `${PREFIX}-net`;
/** The server's addresses on the Internet of these tests (RFC 5737 and RFC 3849: nobody's). */
export const SERVER = "203.0.113.1";
export const SERVER_IPV6 = "2001:db8::1";

function ip(...args) {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs a command in a namespace. */
function within(name, ...command) {
  return ip("netns", "exec", name, ...command);
}

/** The Internet of one scenario. `stop()` takes all of it away; a rest of a scenario that was killed goes at the start. */
export class Internet {
  constructor() {
    this.count = 0;
    try {
      this.stop();
      ip("link", "add", BRIDGE, "type", "bridge");
    } catch (error) {
      throw new Error(`these scenarios need root and network namespaces: ${error.stderr || error.message}`);
    }
    ip("addr", "add", `${SERVER}/24`, "dev", BRIDGE);
    ip("link", "set", BRIDGE, "up");
    ip("addr", "add", `${SERVER_IPV6}/64`, "dev", BRIDGE, "nodad");
  }

  /** A host behind a NAT of its own: `{name, address, router, outside}`. */
  behindNat() {
    this.count += 1;
    const number = this.count;
    const [name, router] = [`${PREFIX}-h${number}`, `${PREFIX}-r${number}`];
    const [address, outside] = [`192.168.${number}.2`, `203.0.113.${number}1`];
    for (const space of [router, name]) {
      ip("netns", "add", space);
      within(space, "ip", "link", "set", "lo", "up");
    }
    ip("link", "add", `${PREFIX}-o${number}`, "type", "veth", "peer", "name", "out", "netns", router);
    ip("link", "set", `${PREFIX}-o${number}`, "master", BRIDGE, "up");
    within(router, "ip", "addr", "add", `${outside}/24`, "dev", "out");
    within(router, "ip", "link", "set", "out", "up");
    ip("link", "add", "in", "netns", router, "type", "veth", "peer", "name", "eth", "netns", name);
    within(router, "ip", "addr", "add", `192.168.${number}.1/24`, "dev", "in");
    within(router, "ip", "link", "set", "in", "up");
    within(name, "ip", "addr", "add", `${address}/24`, "dev", "eth");
    within(name, "ip", "link", "set", "eth", "up");
    within(name, "ip", "route", "add", "default", "via", `192.168.${number}.1`);
    within(router, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    const host = new Host(name, router, address, outside);
    // Nothing gets in that was not asked for, as at home.
    host.onRouter("iptables", "-P", "FORWARD", "DROP");
    host.onRouter("iptables", "-A", "FORWARD", "-i", "in", "-j", "ACCEPT");
    host.onRouter("iptables", "-A", "FORWARD", "-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT");
    host.translate(outside);
    return host;
  }

  /** Gives a host IPv6 as well: routed, as IPv6 is, not translated. */
  withIpv6(host) {
    const number = host.name.slice(`${PREFIX}-h`.length);
    const [outside, net] = [`2001:db8::${number}1`, `2001:db8:${number}:`];
    host.onRouter("ip", "addr", "add", `${outside}/64`, "dev", "out", "nodad");
    host.onRouter("ip", "addr", "add", `${net}:1/64`, "dev", "in", "nodad");
    host.onRouter("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
    host.run("ip", "addr", "add", `${net}:2/64`, "dev", "eth", "nodad");
    host.run("ip", "route", "add", "default", "via", `${net}:1`);
    ip("route", "add", `${net}:/64`, "via", outside);
    host.ipv6 = `${net}:2`;
    return host;
  }

  stop() {
    const names = ip("netns", "list").split("\n").map((line) => line.split(" ")[0]).filter((name) => /^bf-[hr]\d+$/.test(name));
    for (const name of names) ip("netns", "delete", name);
    for (const link of JSON.parse(ip("-json", "link", "show"))) {
      if (link.ifname === BRIDGE || /^bf-o\d+$/.test(link.ifname)) tryTo(() => ip("link", "delete", link.ifname));
    }
  }
}

function tryTo(work) {
  try {
    return work();
  } catch {
    return undefined; // It went with its namespace.
  }
}

/** One host and the router before it. */
export class Host {
  constructor(name, router, address, outside) {
    Object.assign(this, { name, router, address, outside });
  }

  /** What has to stand before a command so that it runs here. */
  get prefix() {
    return ["ip", "netns", "exec", this.name];
  }

  run(...command) {
    return within(this.name, ...command);
  }

  onRouter(...command) {
    return within(this.router, ...command);
  }

  translate(outside) {
    this.onRouter("iptables", "-t", "nat", "-F", "POSTROUTING");
    this.onRouter("iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "out", "-j", "SNAT", "--to-source", outside);
  }

  /** The provider gives the router another address, and it forgets whom it knew. */
  moveTo(outside) {
    // The first address takes the others of its network along when it goes.
    this.onRouter("ip", "addr", "del", `${this.outside}/24`, "dev", "out");
    this.onRouter("ip", "addr", "add", `${outside}/24`, "dev", "out");
    this.translate(outside);
    this.onRouter("conntrack", "-F");
    this.outside = outside;
  }

  /** Nothing of this kind leaves the host: `block("-p", "udp")`. */
  block(...match) {
    this.run("iptables", "-A", "OUTPUT", ...match, "-j", "DROP");
  }

  /** What comes before a `block` that would match it as well. */
  allow(...match) {
    this.run("iptables", "-A", "OUTPUT", ...match, "-j", "ACCEPT");
  }

  /** A program that starts another here, for whoever can only be told a path. */
  wrap(folder, program) {
    const path = join(folder, `${this.name}-${program.split("/").at(-1)}`);
    writeFileSync(path, `#!/bin/sh\nexec ${this.prefix.join(" ")} ${program} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }
}
