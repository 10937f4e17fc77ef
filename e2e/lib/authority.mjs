// A certificate authority of one's own, and certificates that it has signed.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class Authority {
  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=test root", "-days", "30");
  }

  openssl(...args) {
    execFileSync("openssl", args, { cwd: this.folder, stdio: "ignore" });
  }

  /** The file of its own certificate. */
  get path() {
    return join(this.folder, "root.pem");
  }

  /** Its own certificate. */
  get pem() {
    return readFileSync(this.path, "utf8");
  }

  /** The files of a key and a certificate for these names, such as `DNS:localhost,IP:127.0.0.1`. */
  issue(stem, names) {
    writeFileSync(join(this.folder, `${stem}.ext`), `subjectAltName=${names}\n`);
    this.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", `${stem}.key`, "-out", `${stem}.csr`, "-subj", `/CN=${stem}`);
    this.openssl("x509", "-req", "-in", `${stem}.csr`, "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", `${stem}.pem`, "-days", "30", "-extfile", `${stem}.ext`);
    return { certificate: join(this.folder, `${stem}.pem`), key: join(this.folder, `${stem}.key`) };
  }
}
