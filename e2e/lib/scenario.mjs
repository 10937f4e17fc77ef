// One scenario: a Belfry of its own, and everybody who takes part in it gone at the end.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Api } from "./api.mjs";
import { Baresip } from "./baresip.mjs";
import { Belfry } from "./belfry.mjs";
import { Person } from "./browser.mjs";
import { Linphone } from "./linphone.mjs";
import { Internet, SERVER } from "./network.mjs";
import { SipClient } from "./sip_client.mjs";
import { sipp, startSipp } from "./sipp.mjs";
import { until } from "./wait.mjs";

export const OUT = join(dirname(fileURLToPath(import.meta.url)), "../out");
const TIMEOUT_SECONDS = 240;

/** Declares a test: `scenario("two browsers talk", async (world) => …)`; options go to the binary, `internet` makes one. */
export function scenario(name, ...rest) {
  const play = rest.pop();
  const options = rest[0] ?? {};
  test(name, { timeout: TIMEOUT_SECONDS * 1000 }, async () => {
    const internet = options.internet ? new Internet() : undefined;
    const world = new World(await Belfry.start(options).catch((error) => {
      internet?.stop();
      throw error;
    }), internet);
    let failed = true;
    try {
      if (internet) await world.belongToInternet();
      await play(world);
      world.assertNoPageErrors();
      failed = false;
    } finally {
      await world.end(name, failed);
    }
  });
}

/** Everybody who takes part. */
export class World {
  constructor(belfry, internet) {
    this.belfry = belfry;
    this.internet = internet;
    this.people = [];
    this.others = [];
  }

  get url() {
    return this.belfry.url;
  }

  /** Where browsers on the Internet of the scenario open the portal. */
  get outsideUrl() {
    return `https://${SERVER}:${this.belfry.secure.https}`;
  }

  /** The server tells whoever is not in the house that it is on the Internet of the scenario. */
  async belongToInternet() {
    const api = await this.adminApi();
    await api.put("/api/admin/settings", { public_ipv4: SERVER });
    await until("the address is in use", async () => (await api.get("/api/admin/network")).ipv4.public === SERVER);
  }

  /** An extension's SIP account with `registrar` as `host:port` of this transport. */
  account(tenant, number, transport = "udp") {
    const { user, secret, domain } = this.belfry.extension(tenant, number).sip;
    return { user, secret, domain, registrar: this.belfry.addresses[transport] };
  }

  /** Somebody with a browser, not yet anywhere. */
  async person(name, options) {
    const person = await Person.start(this.belfry.home, name, options);
    this.people.push(person);
    return person;
  }

  /** Somebody with a browser, signed in by the demo's link or password, phone registered. */
  async user(tenant, number, name, { url = this.url, ...options } = {}) {
    const person = await this.person(name, options);
    const extension = this.belfry.extension(tenant, number);
    await person.signIn(url, extension);
    await person.page.goto(`${url}/phone`);
    await person.phoneReady();
    return person;
  }

  /** A baresip with an extension's account, registered. */
  async phone(tenant, number, options = {}) {
    return this.phoneOf(this.account(tenant, number), options);
  }

  /** The account of an extension that did not exist before, without a registrar. */
  async newAccount(tenant, number) {
    const api = await this.tenantApi(tenant);
    const { sip } = await api.post("/api/tenant/extensions", { number, name: `Person ${number}` });
    return sip;
  }

  /** A baresip with an extension that did not exist before, registered. */
  async newPhone(tenant, number, options = {}) {
    return this.phoneOf(await this.newAccount(tenant, number), options);
  }

  /** A baresip with this account, registered. */
  async phoneOf(account, options = {}) {
    const own = this.belfry.addresses[options.transport ?? "udp"];
    const registrar = options.registrar ?? (options.host ? `${SERVER}:${own.split(":")[1]}` : own);
    const phone = await Baresip.start(join(this.belfry.home, `baresip-${account.user}-${this.others.length}`), { ...account, registrar }, options);
    this.others.push(phone);
    await phone.registered();
    return phone;
  }

  /** A linphone with an extension's account over TLS, registered. */
  async linphone(tenant, number, options = {}) {
    return this.linphoneOf(this.account(tenant, number), options);
  }

  /** A linphone with this account over TLS, registered. */
  async linphoneOf(account, options = {}) {
    const folder = join(this.belfry.home, `linphone-${account.user}-${this.others.length}`);
    const phone = await Linphone.start(folder, { ...account, registrar: this.belfry.addresses.tls }, options);
    this.others.push(phone);
    await phone.registered();
    return phone;
  }

  /** A client that can misbehave, with an extension's account; `secret` may be a wrong one. */
  async client(tenant, number, changes = {}) {
    const client = await SipClient.open(this.belfry.addresses.udp, { ...this.account(tenant, number), ...changes });
    this.others.push({ stop: () => client.close() });
    return client;
  }

  /** Runs a SIPp scenario as an extension, to its end. */
  sipp(name, tenant, number, options = {}) {
    return sipp(name, ...this.sippOptions(tenant, number, options));
  }

  /** Starts a SIPp scenario as an extension. */
  async startSipp(name, tenant, number, options = {}) {
    const run = await startSipp(name, ...this.sippOptions(tenant, number, options));
    this.others.push(run);
    return run;
  }

  /** The same two with an account. */
  sippAs(name, account, options = {}) {
    return sipp(name, ...this.sippOptionsOf(account, options));
  }

  async startSippAs(name, account, options = {}) {
    const run = await startSipp(name, ...this.sippOptionsOf(account, options));
    this.others.push(run);
    return run;
  }

  sippOptions(tenant, number, options) {
    return this.sippOptionsOf(this.account(tenant, number), options);
  }

  sippOptionsOf(account, { words = {}, transport = "udp", secret, ...more }) {
    return [this.belfry.addresses[transport], { user: account.user, secret: secret ?? account.secret, transport, words: { domain: account.domain, ...words }, ...more }];
  }

  /** The file of the installation's own root, as a phone would get it. */
  async root() {
    const path = join(this.belfry.home, "root.crt");
    writeFileSync(path, await (await fetch(`${this.url}/root.crt`)).text());
    return path;
  }

  /** The API as the tenant's administrator. */
  async tenantApi(tenant) {
    const { email, password } = this.belfry.tenant(tenant).admin;
    return Api.signIn(this.url, email, password);
  }

  /** The API as a user. */
  async userApi(tenant, number) {
    const { email, password } = this.belfry.extension(tenant, number);
    return Api.signIn(this.url, email, password);
  }

  /** The API as the provider. */
  async adminApi() {
    const { email, password } = this.belfry.demo.admin;
    return Api.signIn(this.url, email, password);
  }

  assertNoPageErrors() {
    const errors = this.people.flatMap((person) => person.errors);
    if (errors.length > 0) throw new Error(`a page failed:\n${errors.join("\n")}`);
  }

  async end(name, failed) {
    if (failed) {
      mkdirSync(OUT, { recursive: true });
      for (const person of this.people) {
        await person.screenshot(join(OUT, `failed-${name.replace(/\W+/g, "-").slice(0, 60)}-${person.name}.png`));
        if (person.errors.length > 0) console.error(`${person.name}'s page failed:\n${person.errors.join("\n")}`);
      }
    }
    await Promise.allSettled([...this.people, ...this.others].map((one) => one.stop()));
    await this.belfry.stop({ failed });
    this.internet?.stop();
  }
}
