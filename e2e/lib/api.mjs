// The public API, as an integrator would call it.

/** A signed-in client: `await Api.signIn(url, email, password)`. */
export class Api {
  static async signIn(url, email, password) {
    const api = new Api(url);
    await api.open(email, password);
    return api;
  }

  constructor(url) {
    this.url = url;
    this.token = null;
  }

  async open(email, password) {
    const session = await this.post("/api/session", { email, password });
    this.token = session.access_token;
    return session;
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body = {}) {
    return this.call("POST", path, body);
  }

  put(path, body) {
    return this.call("PUT", path, body);
  }

  delete(path, body = {}) {
    return this.call("DELETE", path, body);
  }

  /** Gives the bytes of a file. */
  async bytes(path) {
    const response = await fetch(this.url + path, { headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Gives the parsed answer, or the text where it is no JSON; fails with the problem's words. */
  async call(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) {
      throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), { status: response.status });
    }
    return response.headers.get("content-type")?.includes("json") && text ? JSON.parse(text) : text;
  }
}
