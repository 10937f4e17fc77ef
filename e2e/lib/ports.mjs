// Free ports below those that the system gives to whoever asks for none: no outgoing connection takes one first.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const FIRST = 10000;
const LAST = 29998;
// baresip takes the port after its own for TLS.
const STEP = 2;
let next = FIRST + STEP * Math.floor(Math.random() * ((LAST - FIRST) / STEP));

/** A port that is free for TCP and UDP on every address, as is the one after it; neither is handed out twice. */
export async function freePort() {
  for (let port = FIRST; port <= LAST; port += STEP) {
    const found = next;
    next = found + STEP > LAST ? FIRST : found + STEP;
    if ((await isFree(found)) && (await isFree(found + 1))) return found;
  }
  throw new Error("no free port");
}

async function isFree(port) {
  return (await isFreeForTcp(port)) && (await isFreeForUdp(port));
}

function isFreeForTcp(port) {
  return new Promise((done) => {
    const server = createServer().once("error", () => done(false));
    server.listen(port, "0.0.0.0", () => server.close(() => done(true)));
  });
}

function isFreeForUdp(port) {
  return new Promise((done) => {
    const socket = createSocket("udp4").once("error", () => done(false));
    socket.bind(port, "0.0.0.0", () => socket.close(() => done(true)));
  });
}
