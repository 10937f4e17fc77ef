// Free ports, asked of the system.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const given = new Set();

/** A port that is free for TCP and UDP on every address, and is not handed out twice. */
export async function freePort() {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = await listen(0);
    if (!given.has(port) && (await isFreeForUdp(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error("no free port");
}

function listen(port) {
  return new Promise((done, failed) => {
    const server = createServer().once("error", failed);
    server.listen(port, "0.0.0.0", () => {
      const { port: found } = server.address();
      server.close(() => done(found));
    });
  });
}

function isFreeForUdp(port) {
  return new Promise((done) => {
    const socket = createSocket("udp4").once("error", () => done(false));
    socket.bind(port, "0.0.0.0", () => socket.close(() => done(true)));
  });
}
